import { describe, onTestFinished } from 'vitest';
import { djangoCommand } from '../../server/processes/django-command.ts';
import { findDjango } from '../../scripts/test-tools.mjs';
import { type Program, start } from './program.ts';

const python = findDjango();
if (!python)
  console.log(
    'The tests of server/django are skipped: they need python3-django-channels, python3-channels-redis and daphne.',
  );

/** As `describe`, skipped where this machine cannot run the Django project. */
export const describeDjango = describe.skipIf(!python);

/**
 * The Django project under Daphne, as a process of its own on a free port. Its caller ends it: by SIGKILL,
 * since Daphne may wait for ever at its end for a sync consumer that is just at work.
 */
export async function startDjango(
  env: Record<string, string> = {},
): Promise<Program & { url: string }> {
  const command = djangoCommand();
  const program = start(python ?? 'python3', command.args, { ...command.env, ...env });
  const line = await program.line(/Listening on TCP address/);
  return { ...program, url: `http://${/[\d.]+:\d+$/.exec(line)?.[0] ?? ''}` };
}

/** As `startDjango`, for one test, which ends it. */
export async function djangoOfTest(env: Record<string, string> = {}) {
  const django = await startDjango(env);
  onTestFinished(async () => void (await django.end('SIGKILL')));
  return django;
}

/** What the project logged of exceptions. */
export const tracebacksOf = ({ lines }: Program) =>
  lines.filter((line) => /Traceback|Exception|Error/.test(line));
