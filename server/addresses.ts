import { networkInterfaces } from 'node:os';

const isAll = (host: string) => host === '0.0.0.0' || host === '::';

/** This machine's IPv4 addresses on its networks, if a server that listens on `host` has them. */
export function networkAddresses(host: string): string[] {
  if (!isAll(host)) return [];
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}

/** The names under which a browser opens a server that listens on `host`; this machine's own last. */
export function namesOf(host: string): string[] {
  if (isAll(host)) return [...networkAddresses(host), '127.0.0.1'];
  return [host.includes(':') ? `[${host}]` : host];
}
