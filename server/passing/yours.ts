import type { Settings } from '../settings.ts';
import { ownOrigin, yoursDoor } from '../guard/doors.ts';
import { Refusal } from '../guard/refusal.ts';
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
      const [, digits, path] =
        /^\/yours\/(\d{1,5})(\/(?:live|room|pair)\/.*)$/.exec(pathname) ?? [];
      const port = Number(digits);
      if (path === undefined || port < 1 || port > 65_535)
        throw new Refusal(
          'not-found',
          'Nothing lives here: your server’s addresses are /yours/{port}/live/… and /yours/{port}/room/….',
        );
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
            ? new Refusal(
                'yours-away',
                `Nothing answers at http://${host}: start your server there, then try again.`,
                { 'Retry-After': '1' },
              )
            : new Refusal(
                'yours-broke-off',
                `http://${host} took the request and broke off without an answer: see what it printed.`,
              ),
      };
    },
  };
}

/** By `as` this server tells a page what it sees; the contract does not have it. */
function withoutTag(search: string): string {
  const rest = search.replace(/([?&])as=[^&]*/, '$1').replace(/[?&]$/, '');
  return rest.replace('?&', '?').replace('&&', '&');
}
