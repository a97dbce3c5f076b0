import { type RequestHandler, Router } from 'express';
import { crossOrigin } from '../guard/cross-origin.ts';
import { behind, ownOrigin, yoursDoor } from '../guard/doors.ts';
import { Refusal } from '../guard/refusal.ts';
import type { Settings } from '../settings.ts';
import { listens } from './reach.ts';
import { pathOf, type Way } from './passing.ts';
import type { PortProxy } from './proxy.ts';

/**
 * `/yours/{port}/…`, with the contract’s paths below it: a server that a visitor of this machine runs on it, so that a page can put
 * it under its demo and its claims. It sees what a page of its own would send.
 */
export function yoursWay(settings: Settings): Way {
  const isOwn = ownOrigin(settings);
  let proxy: PortProxy | undefined;
  return {
    prefix: '/yours/',
    door: yoursDoor(settings),
    async find(request, target) {
      const { pathname, search } = pathOf(target);
      const [, digits = '', path] =
        /^\/yours\/(\d{1,5})(\/(?:live|room|pair)\/.*)$/.exec(pathname) ?? [];
      const port = portOf(digits);
      if (path === undefined || port === undefined) throw nowhere();
      // Most servers are never asked for it: they start without what it needs.
      proxy ??= (await import('./proxy.ts')).portProxy();
      const host = `localhost:${port}`;
      return {
        proxy,
        target: { port },
        path: path + withoutTag(search),
        headers: { host, ...(isOwn(request) && { origin: `http://${host}` }) },
        away: (why) =>
          why === 'away'
            ? away(port)
            : new Refusal(
                'yours-broke-off',
                `http://${host} took the request and broke off without an answer: see what it printed.`,
              ),
      };
    },
  };
}

/** `GET /yours/{port}/`: 204 where something listens, which is asked nothing; else 502. */
export function yoursIsThere(settings: Settings): RequestHandler {
  const router = Router();
  const doors = [crossOrigin(settings), behind(yoursDoor(settings))];
  router.get('/yours/:port/', ...doors, async (request, response) => {
    const port = portOf(request.params['port']);
    if (port === undefined) throw nowhere();
    if (!(await listens(port))) throw away(port);
    response.set('Cache-Control', 'no-store').sendStatus(204);
  });
  return router;
}

function portOf(digits: unknown): number | undefined {
  const port = /^\d{1,5}$/.test(String(digits)) ? Number(digits) : 0;
  return port > 0 && port < 65_536 ? port : undefined;
}

const nowhere = () =>
  new Refusal(
    'not-found',
    'Nothing lives here: your server’s addresses are /yours/{port}/live/… and /yours/{port}/room/….',
  );

const away = (port: number) =>
  new Refusal(
    'yours-away',
    `Nothing answers at http://localhost:${port}: start your server there, then try again.`,
    { 'Retry-After': '1' },
  );

/** By `as` this server tells a page what it sees; the contract does not have it. */
function withoutTag(search: string): string {
  const rest = search.replace(/([?&])as=[^&]*/, '$1').replace(/[?&]$/, '');
  return rest.replace('?&', '?').replace('&&', '&');
}
