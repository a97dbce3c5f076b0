// npm run lesson <slug> [-- --url http://127.0.0.1:9000 [--other …] [--watch] [--wait 10]]: a lesson's
// claims against a server, in order; where one differs, what went to and fro.
// Exit codes: 0 all hold, 1 one does not, 2 the command is off, 3 the server cannot be reached, or no more.
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { end, readArguments } from './lesson-arguments.mjs';
import { main, setUp } from './setup.mjs';

/** ms between two looks at whether a server is there. */
const LOOK = 250;
/** Lines of a transcript that are shown at its beginning and at its end: of the first fault, of others. */
const FIRST = [8, 8];
const LATER = [0, 4];

await main(async () => {
  await setUp();
  const { lessons } = await import('../content/lessons.ts');
  const asked = readArguments(lessons.map(({ slug }) => slug));
  if (!asked) return;
  if (!existsSync(`src/lessons/${asked.slug}/claims.ts`))
    return end(
      2,
      `src/lessons/${asked.slug}/claims.ts is missing: CONTRIBUTING.md, "Add a lesson".`,
    );
  const { claims } = await import(`../src/lessons/${asked.slug}/claims.ts`);
  if (!claims?.length)
    return end(
      2,
      `src/lessons/${asked.slug}/claims.ts exports no claims: CONTRIBUTING.md, "Add a lesson".`,
    );
  const companion = asked.url ? undefined : await startCompanion();
  const url = asked.url ?? companion.url;
  try {
    const trouble = await untilThere(url, asked.watch ? Infinity : asked.wait);
    if (trouble)
      return end(
        3,
        `Nothing answers at ${url} (${trouble}): start your server, then run this again.`,
      );
    process.exitCode = await prove(asked, claims, url);
    while (asked.watch) {
      console.log('\nWaiting for the server to be started again (Ctrl-C ends this) …');
      while (!(await reach(url))) await pause(LOOK);
      while (await reach(url)) await pause(LOOK);
      console.log('');
      process.exitCode = await prove(asked, claims, url);
    }
  } finally {
    await companion?.stop();
  }
});

/** Runs all claims, and tells of each; the exit code. */
async function prove({ slug, url: asked, other }, claims, url) {
  const [{ runClaim }, { transcribe }, { say }, { default: words }] = await Promise.all([
    import('../src/lessons/claim.ts'),
    import('../src/lessons/transcript.ts'),
    import('../src/widgets/say.ts'),
    import('../content/ui/en.json', { with: { type: 'json' } }),
  ]);
  console.log(`${slug}: ${claims.length} claims against ${url}\n`);
  let [held, failed, left] = [0, 0, 0];
  const faults = new Set();
  let away = false;
  for (const [place, claim] of claims.entries()) {
    const transcript = transcribe();
    const verdict = await runClaim(claim, url, other);
    const { passed, expected, came, timedOut, skipped } = verdict;
    transcript.stop();
    const sentence = say(words, `${slug}.claim.${claim.id}`);
    if (skipped) {
      left += 1;
      console.log(`– ${claim.id}: ${sentence}`);
      console.log(`    skipped   ${say(words, ...skipped)}`);
      continue;
    }
    if (passed) held += 1;
    else failed += 1;
    console.log(`${passed ? '✓' : '✗'} ${claim.id}: ${sentence}`);
    if (passed) {
      console.log(`    came      ${say(words, ...came)}`);
      continue;
    }
    away = asked && (await reach(url)) !== undefined;
    // Two answers may differ and have the same fault.
    const { detail } = came[1] ?? {};
    const fault = JSON.stringify([expected[0], came[0], detail]);
    if (faults.has(fault)) console.log('    the same as above');
    else {
      console.log(`    expected  ${say(words, ...expected)}`);
      console.log(`    came      ${say(words, ...came)}`);
      printTranscript(transcript.lines, failed === 1 ? FIRST : LATER);
      console.log(`    hint      ${hintFor(words, slug, claim.id, verdict)}`);
      if (failed === 1)
        console.log(`    lesson    /lessons/${slug}/#claim-${claim.id}, a page of npm start`);
    }
    faults.add(fault);
    const why = away
      ? 'Your server is no longer there'
      : timedOut && 'Your server does not answer in time';
    if (!why || place === claims.length - 1) continue;
    console.log(`\n${why}, so the rest was not run.`);
    break;
  }
  const rest = claims.length - held - failed - left;
  const counts = [`${held} passed`, `${failed} failed`];
  if (left) counts.push(`${left} skipped`);
  if (rest) counts.push(`${rest} not run`);
  console.log(`\n${counts.join(', ')}`);
  if (away) return 3;
  return failed ? 1 : 0;
}

/** What may be wrong with a server where a claim is not so. */
function hintFor(words, slug, id, { expected, came, timedOut }) {
  if (timedOut) return words['claim.hint.timeout'];
  // What is wrong with one answer is not what the claim is about.
  if (!expected[0].startsWith(`${slug}.claim.`)) return words['claim.hint'];
  const key = `${slug}.hint.${id}`;
  return (came[1]?.repeated > 0 && words[`${key}.repeated`]) || words[key];
}

function printTranscript(lines, [first, last]) {
  if (lines.length === 0) return;
  console.log('    what went to and fro, in ms from the claim’s beginning:');
  for (const [place, { way, at, text }] of lines.entries()) {
    if (place >= first && place < lines.length - last) {
      if (place === first) console.log(`            … ${lines.length - first - last} more …`);
      continue;
    }
    const time = Math.round(at).toString().padStart(7);
    console.log(`    ${time} ${way === 'sent' ? '→' : '←'} ${text}`);
  }
}

/** Waits until something listens at a server’s port, for so many seconds; why nothing does. */
async function untilThere(url, seconds) {
  const deadline = Date.now() + seconds * 1000;
  let trouble = await reach(url);
  const most = seconds === Infinity ? '' : `up to ${seconds} s `;
  if (trouble && seconds) console.log(`Waiting ${most}for ${url} …`);
  while (trouble && Date.now() < deadline) {
    await pause(LOOK);
    trouble = await reach(url);
  }
  return trouble;
}

/** Why nothing listens at a server’s port; undefined where something does. Nothing is asked of it. */
async function reach(url) {
  const passing = await import('../server/passing/reach.ts');
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return passing.reach({ host, port: Number(port) || (protocol === 'https:' ? 443 : 80) }, 5_000);
}

/** The companion alone, without pages, on a free port. */
async function startCompanion() {
  const { openCompanion } = await import('../server/companion.ts');
  return openCompanion({ LOG_LEVEL: 'silent', PORT: '0' }, { ownRedis: true });
}
