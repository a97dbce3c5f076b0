// npm run django: the Django project of server/django, under Daphne. Nothing else here needs it.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { checkSettings, main, setUp, Stop } from './setup.mjs';

await main(async () => {
  await setUp({ testTools: ['django'] });
  const { PORT: port, HOST: host } = await checkSettings();
  if (port !== 0) await checkThatFree(port, host);
  const [{ findDjango }, { djangoCommand }, { namesOf }] = await Promise.all([
    import('./test-tools.mjs'),
    import('../server/processes/django-command.ts'),
    import('../server/addresses.ts'),
  ]);
  const { args, env } = djangoCommand({ host, port });
  if (port !== 0) {
    const url = `http://${namesOf(host).at(-1)}:${port}`;
    console.log(
      `Django will answer at ${url}: no pages, but what the lessons ask. Check it with\n  npm run lesson polling -- --url ${url}`,
    );
  }
  // From here on this process is Daphne: what ends the one ends the other. env looks for the Python.
  process.execve('/usr/bin/env', ['env', findDjango(), ...args], { ...process.env, ...env });
});

/** Daphne would say so in many words, and end as if all were well. */
async function checkThatFree(port, host) {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Stop(
      error.code === 'EADDRINUSE'
        ? `Port ${port} is taken: stop what uses it, or try PORT=${port + 1} npm run django.`
        : `Nothing can listen at ${host}:${port} (${error.code}): set HOST and PORT to others.`,
    );
  }
  server.close();
  await once(server, 'close');
}
