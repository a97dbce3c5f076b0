// npm run lesson <slug> [-- --url http://127.0.0.1:9000]: a lesson's claims against a server.
// Exit codes: 0 all hold, 1 one does not, 2 the command is off, 3 the server cannot be reached.
import { parseArgs } from 'node:util';
import { main, setUp } from './setup.mjs';

await main(async () => {
  await setUp();
  const { lessons } = await import('../content/lessons.ts');
  const asked = readArguments(lessons.map(({ slug }) => slug));
  if (!asked) return;
  const [{ claims }, { runClaim }, { say }, { default: words }] = await Promise.all([
    import(`../src/lessons/${asked.slug}/claims.ts`),
    import('../src/lessons/claim.ts'),
    import('../src/widgets/say.ts'),
    import('../content/ui/en.json', { with: { type: 'json' } }),
  ]);
  const companion = asked.url ? undefined : await startCompanion();
  const url = asked.url ?? companion.url;
  try {
    if (!(await answers(url)))
      return end(3, `Nothing answers at ${url}: start your server, then run this again.`);
    console.log(`${asked.slug}: ${claims.length} claims against ${url}\n`);
    let failed = 0;
    for (const claim of claims) {
      const { passed, expected, came } = await runClaim(claim, url);
      failed += passed ? 0 : 1;
      console.log(
        `${passed ? '✓' : '✗'} ${claim.id}: ${say(words, `${asked.slug}.claim.${claim.id}`)}`,
      );
      if (!passed) console.log(`    expected  ${say(words, ...expected)}`);
      console.log(`    came      ${say(words, ...came)}`);
    }
    console.log(`\n${claims.length - failed} passed, ${failed} failed`);
    process.exitCode = failed ? 1 : 0;
  } finally {
    await companion?.stop();
  }
});

function readArguments(slugs) {
  const usage = `Run "npm run lesson <lesson> [-- --url http://127.0.0.1:9000]". The lessons: ${slugs.join(', ')}.`;
  let parsed;
  try {
    parsed = parseArgs({ options: { url: { type: 'string' } }, allowPositionals: true });
  } catch (error) {
    return end(2, `${error.message.split('. ')[0]}. ${usage}`);
  }
  const [slug, ...more] = parsed.positionals;
  if (slug === undefined) return end(2, usage);
  if (!slugs.includes(slug)) return end(2, `There is no lesson "${slug}". ${usage}`);
  if (more.length) return end(2, `"${more.join(' ')}" is one word too many. ${usage}`);
  const { url } = parsed.values;
  if (url === undefined) return { slug };
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    return end(2, `"${url}" is no address: give one such as http://127.0.0.1:9000.`);
  return { slug, url: new URL(url).origin };
}

function end(code, sentence) {
  console.error(sentence);
  process.exitCode = code;
}

async function answers(url) {
  try {
    await fetch(url, { signal: AbortSignal.timeout(5000) });
    return true;
  } catch {
    return false;
  }
}

/** The companion alone, without pages, on a free port. */
async function startCompanion() {
  const { openCompanion } = await import('../server/companion.ts');
  return openCompanion({ LOG_LEVEL: 'silent', PORT: '0' });
}
