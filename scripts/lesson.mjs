// npm run lesson <slug> [-- --url http://127.0.0.1:9000 [--other …]]: a lesson's claims against a server.
// Exit codes: 0 all hold, 1 one does not, 2 the command is off, 3 the server cannot be reached.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { main, setUp } from './setup.mjs';

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
  const [{ claims }, { runClaim }, { say }, { default: words }] = await Promise.all([
    import(`../src/lessons/${asked.slug}/claims.ts`),
    import('../src/lessons/claim.ts'),
    import('../src/widgets/say.ts'),
    import('../content/ui/en.json', { with: { type: 'json' } }),
  ]);
  if (!claims?.length)
    return end(
      2,
      `src/lessons/${asked.slug}/claims.ts exports no claims: CONTRIBUTING.md, "Add a lesson".`,
    );
  const companion = asked.url ? undefined : await startCompanion();
  const url = asked.url ?? companion.url;
  try {
    const trouble = await reach(url);
    if (trouble)
      return end(
        3,
        `Nothing answers at ${url} (${trouble}): start your server, then run this again.`,
      );
    console.log(`${asked.slug}: ${claims.length} claims against ${url}\n`);
    let [held, failed, left] = [0, 0, 0];
    let before;
    for (const [place, claim] of claims.entries()) {
      const { passed, expected, came, timedOut, skipped } = await runClaim(claim, url, asked.other);
      if (skipped) {
        left += 1;
        console.log(`– ${claim.id}: ${say(words, `${asked.slug}.claim.${claim.id}`)}`);
        console.log(`    skipped   ${say(words, ...skipped)}`);
        continue;
      }
      if (passed) held += 1;
      else failed += 1;
      const fault = [say(words, ...expected), say(words, ...came)];
      console.log(
        `${passed ? '✓' : '✗'} ${claim.id}: ${say(words, `${asked.slug}.claim.${claim.id}`)}`,
      );
      // Two answers may differ and have the same fault.
      const kind = JSON.stringify([expected, came[0], { ...came[1], body: '' }]);
      if (!passed && kind === before) console.log('    the same as above');
      else if (!passed) console.log(`    expected  ${fault[0]}\n    came      ${fault[1]}`);
      else console.log(`    came      ${fault[1]}`);
      before = kind;
      if (timedOut && place < claims.length - 1) {
        console.log('\nYour server does not answer in time, so the rest was not run.');
        break;
      }
    }
    console.log(`\n${held} passed, ${failed} failed${left ? `, ${left} skipped` : ''}`);
    process.exitCode = failed ? 1 : 0;
  } finally {
    await companion?.stop();
  }
});

function readArguments(slugs) {
  const usage = `Run "npm run lesson <lesson> [-- --url http://127.0.0.1:9000 [--other http://127.0.0.1:9001]]". The lessons: ${slugs.join(', ')}.`;
  let parsed;
  try {
    const options = {
      url: { type: 'string' },
      other: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    };
    parsed = parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return end(2, `${error.message.split('. ')[0]}. ${usage}`);
  }
  const [slug, ...more] = parsed.positionals;
  if (parsed.values.help) return end(0, usage);
  if (slug === undefined) return end(2, usage);
  if (!slugs.includes(slug)) return end(2, `There is no lesson "${slug}". ${usage}`);
  if (URL.canParse(more[0] ?? ''))
    return end(2, `npm took --url for itself: put -- before it. ${usage}`);
  if (more.length) return end(2, `"${more.join(' ')}" is one word too many. ${usage}`);
  const origins = {};
  for (const name of ['url', 'other']) {
    const given = parsed.values[name];
    if (given === undefined) continue;
    if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
      return end(2, `"${given}" is no address: give one such as http://127.0.0.1:9000.`);
    const { origin, pathname, search } = new URL(given);
    if (pathname + search !== '/')
      return end(
        2,
        `"${given}" has a path; the contract's paths begin at the top: give ${origin}.`,
      );
    origins[name] = origin;
  }
  if (origins.other && !origins.url)
    return end(
      2,
      `--other is the second process of the server that --url names: give both. ${usage}`,
    );
  if (origins.other && origins.other === origins.url)
    return end(2, `--other is ${origins.url} again: name another process of the same server.`);
  return { slug, ...origins };
}

function end(code, sentence) {
  console.error(sentence);
  process.exitCode = code;
}

/** Why a server cannot be reached; undefined when it answers, whatever it says. */
async function reach(url) {
  try {
    await fetch(url, { signal: AbortSignal.timeout(5000) });
    return undefined;
  } catch (error) {
    return error.cause?.code ?? error.cause?.message ?? error.message;
  }
}

/** The companion alone, without pages, on a free port. */
async function startCompanion() {
  const { openCompanion } = await import('../server/companion.ts');
  return openCompanion({ LOG_LEVEL: 'silent', PORT: '0' }, { ownRedis: true });
}
