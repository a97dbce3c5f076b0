// The command line of npm run lesson.
import { parseArgs } from 'node:util';

/** What was asked for on the command line; undefined where that was off, and has been said. */
export function readArguments(slugs) {
  const usage = `Run "npm run lesson <lesson> [-- --url http://127.0.0.1:9000 [--other http://127.0.0.1:9001] [--watch] [--wait 10]]". The lessons: ${slugs.join(', ')}.`;
  let parsed;
  try {
    const options = {
      url: { type: 'string' },
      other: { type: 'string' },
      watch: { type: 'boolean' },
      wait: { type: 'string', default: '10' },
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
  const { watch = false, wait } = parsed.values;
  if (!/^\d{1,4}$/.test(wait))
    return end(2, `--wait is seconds to wait for the server: give a whole number, not "${wait}".`);
  if (watch && !origins.url)
    return end(2, `--watch waits for a server of yours: give its --url. ${usage}`);
  return { slug, ...origins, watch, wait: Number(wait) };
}

/** Ends the program with a sentence, once all else is done. */
export function end(code, sentence) {
  console.error(sentence);
  process.exitCode = code;
}
