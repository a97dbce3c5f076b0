import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RedisClient } from '../channels/index.ts';

// What has to happen at once, in Redis' own Lua, in scripts/: server/django has the same. `base` is the beginning of all keys. A room is two
// of them: `log:…`, a stream of its messages, whose ids count from 1-0, and `meta:…`, a hash with its
// `epoch`, the sequence of its `last`, and the `run` of Redis that it is good for. Three are for all
// rooms: when each was used last, in ms; what each weighs, in bytes; what all weigh together. What is
// appended is published on `said`.

export const append = script('shared', 'run', 'append');
export const read = script('run', 'read');
export const sweep = script('shared', 'sweep');

/** A script of some files, that Redis is told once and then called by its name (EVALSHA). */
function script(...names: string[]) {
  const source = names.map((name) => readFileSync(fileOf(name), 'utf8')).join('\n');
  const sha = createHash('sha1').update(source).digest('hex');
  return async (client: RedisClient, ...words: string[]): Promise<unknown> => {
    const call = { keys: [], arguments: words };
    try {
      return await client.evalSha(sha, call);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return client.eval(source, call);
    }
  };
}

function fileOf(name: string): URL {
  return new URL(`./scripts/${name}.lua`, import.meta.url);
}
