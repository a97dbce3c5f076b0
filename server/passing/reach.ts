import type { LookupAddress } from 'node:dns';
import { connect, type LookupFunction, type TcpNetConnectOpts } from 'node:net';

const LOOPBACK: LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** ms in which a server of this machine must accept a connection. */
export const CONNECT = 2_000;

/** Both of this machine's loopback addresses: not every machine's name "localhost" has them. */
export const eitherLoopback: LookupFunction = (_name, _options, found) => found(null, LOOPBACK);

/** Whether something listens at a port of this machine. */
export async function listens(port: number): Promise<boolean> {
  const there = { host: 'localhost', port, autoSelectFamily: true, lookup: eitherLoopback };
  return (await reach(there, CONNECT)) === undefined;
}

/** Why nothing takes a connection within so many ms; undefined where something does. Nothing is asked of it. */
export function reach(there: TcpNetConnectOpts, within: number): Promise<string | undefined> {
  const socket = connect(there);
  return new Promise<string | undefined>((resolve) => {
    socket.setTimeout(within, () => resolve('ETIMEDOUT'));
    socket.once('connect', () => resolve(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  }).finally(() => socket.destroy());
}
