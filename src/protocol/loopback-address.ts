import { bad, good, type Parsed } from './parse.ts';

/**
 * The port of a server on the reader's own machine, by an address as somebody types it: `9000`,
 * `localhost:9000`, `http://127.0.0.1:9000/`. What is bad says what an address looks like.
 */
export function parseLoopbackAddress(text: string): Parsed<number> {
  const typed = text.trim();
  const url = URL.parse(/^\d+$/.test(typed) ? `http://localhost:${typed}` : withScheme(typed));
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url?.hostname ?? '');
  const isBare = url?.pathname === '/' && !url.search && !url.hash && !url.username;
  const port = Number(url?.port) || 80;
  if (url?.protocol !== 'http:' || !isLoopback || !isBare || typed === '')
    return bad('Write an address of this machine, such as http://localhost:9000.');
  return good(port);
}

const withScheme = (text: string) => (/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`);
