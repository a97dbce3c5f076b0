import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy of TCP connections that resets them when it is told to, after any byte. */
export interface CuttingProxy extends AsyncDisposable {
  readonly url: string;
  /** How many times it has reset what was open. */
  readonly cuts: number;
  /** Resets every connection, at both ends. */
  cut(): void;
  /** Lets so many more bytes pass, either way, then cuts. One at a time; resolves when it is done. */
  cutAfter(bytes: number): Promise<void>;
}

/** Passes connections on to ports of this machine, in turn. */
export async function openCuttingProxy(...ports: number[]): Promise<CuttingProxy> {
  const open = new Set<Socket>();
  let accepted = 0;
  let cuts = 0;
  let left = Infinity;
  let done = () => {};

  const cut = () => {
    for (const socket of open) socket.resetAndDestroy();
    left = Infinity;
    cuts += 1;
    done();
  };
  const pass = (chunk: Buffer, from: Socket, to: Socket) => {
    if (left === 0) return; // the cut is on its way
    const passing = chunk.subarray(0, left);
    left -= passing.length;
    // What waits in a socket that is reset is lost: the last byte has to have left.
    if (left === 0) return void to.write(passing, cut);
    if (to.write(passing)) return;
    from.pause();
    to.once('drain', () => from.resume());
  };
  const join = (from: Socket, to: Socket) => {
    open.add(from);
    from.on('data', (chunk: Buffer) => pass(chunk, from, to));
    from.on('end', () => to.end());
    from.on('error', () => undefined); // “close” follows
    from.on('close', () => {
      open.delete(from);
      to.destroy();
    });
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const port = ports[accepted++ % ports.length] ?? 0;
    const upstream = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    join(client, upstream);
    join(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get cuts() {
      return cuts;
    },
    cut,
    cutAfter: (bytes) =>
      new Promise((resolve) => {
        left = bytes;
        done = resolve;
      }),
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
