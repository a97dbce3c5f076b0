import type { LookupAddress } from 'node:dns';
import { connect, type LookupFunction } from 'node:net';

const LOOPBACK: LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** ms in which a server of this machine must accept a connection. */
export const CONNECT = 2_000;

/** Both of this machine's loopback addresses: not every machine's name "localhost" has them. */
export const eitherLoopback: LookupFunction = (_name, _options, found) => found(null, LOOPBACK);

/** Whether something listens at a port of this machine. Nothing is asked of it. */
export function listens(port: number): Promise<boolean> {
  const socket = connect({
    host: 'localhost',
    port,
    autoSelectFamily: true,
    lookup: eitherLoopback,
  });
  return new Promise<boolean>((resolve) => {
    socket.setTimeout(CONNECT, () => resolve(false));
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}
