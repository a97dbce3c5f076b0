import type { Request } from 'express';
import { Router } from 'express';
import { bad, good, type Parsed } from '../../src/protocol/parse.ts';
import { parseCrowdWish } from '../../src/protocol/crowd.ts';
import type { Context } from '../context.ts';
import { behind, pairDoor } from '../guard/doors.ts';
import { allow, take } from '../guard/refusal.ts';

/** `/live/crowd/{name}`: further readers for a page that made up the name, which nobody can guess. */
export function crowdEndpoints({ settings, crowds }: Context): Router {
  const endpoints = Router();
  endpoints
    .route('/:name')
    .all(behind(pairDoor(settings))) // they are a process: whoever may have the pair may have them
    .get(({ params }, response) => {
      response.json(crowds.view(take(parseName(params.name))));
    })
    .post((request, response) => {
      const wish = take(parseCrowdWish(request.body));
      response.json(crowds.wish(take(parseName(request.params.name)), wish, urlOf(request)));
    })
    .delete(({ params }, response) => {
      crowds.end(take(parseName(params.name)));
      response.status(204).end();
    })
    .all(allow('GET', 'POST', 'DELETE'));
  return endpoints;
}

/** Where this server answers, as who asked has reached it. */
function urlOf({ socket }: Request): string {
  const { localAddress = '127.0.0.1', localPort, localFamily } = socket;
  const bare = localAddress.replace(/^::ffff:/, '');
  return `http://${localFamily === 'IPv6' && bare.includes(':') ? `[${bare}]` : bare}:${localPort}`;
}

function parseName(value: unknown): Parsed<string> {
  if (typeof value === 'string' && /^[A-Za-z0-9]{16,64}$/.test(value)) return good(value);
  return bad('A crowd’s name has 16 to 64 letters and digits.');
}
