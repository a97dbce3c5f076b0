import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * A TCP proxy before a port of this machine that does what networks do: it delays, it falls silent,
 * it resets. It ends with the test.
 */
export async function startFaultyProxy(to: number) {
  const pairs = new Set<readonly [Socket, Socket]>();
  let delay = 0;
  let halted = false;

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const target = { port: to, host: '127.0.0.1', allowHalfOpen: true, noDelay: true };
    const pair = [client, connect(target)] as const;
    pairs.add(pair);
    pass(...pair);
    pass(pair[1], client);
    for (const socket of pair)
      socket
        .on('error', () => undefined)
        .on('close', () => {
          // While nothing gets through, the other end does not hear of it.
          if (!halted) end(pair);
        });
    if (halted) silence(pair);
  });

  /** Passes on all that comes, in order, each piece after the delay of its moment. */
  function pass(from: Socket, into: Socket): void {
    const waiting: { due: number; task: () => unknown }[] = [];
    const work = () => {
      while (waiting[0] && waiting[0].due <= performance.now()) waiting.shift()?.task();
      if (waiting[0]) setTimeout(work, Math.max(1, waiting[0].due - performance.now()));
    };
    const later = (task: () => unknown) => {
      if (delay === 0 && waiting.length === 0) return void task();
      if (waiting.push({ due: performance.now() + delay, task }) === 1) setTimeout(work, delay);
    };
    from.on('data', (chunk) => later(() => into.writable && into.write(chunk)));
    from.on('end', () => later(() => into.writable && into.end()));
  }

  function end(pair: readonly [Socket, Socket]): void {
    pairs.delete(pair);
    for (const socket of pair) if (!socket.destroyed) socket.resetAndDestroy();
  }

  const silence = (pair: readonly [Socket, Socket]) => pair.forEach((socket) => socket.pause());

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    pairs.forEach(end);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    /** Connections that pass through it. */
    get many() {
      return pairs.size;
    },
    /** From now on each piece takes so many ms, each way. */
    delay(ms: number) {
      delay = ms;
    },
    /** From now on no byte gets through and no end: both sides go on believing in the other. */
    halt() {
      halted = true;
      pairs.forEach(silence);
    },
    /** Passes bytes on again; who has lost its other end meanwhile is told so by a reset. */
    resume() {
      halted = false;
      for (const pair of pairs) {
        if (pair.some(({ destroyed }) => destroyed)) end(pair);
        else pair.forEach((socket) => socket.resume());
      }
    },
    /** Resets all connections (RST), wherever they are. */
    reset() {
      pairs.forEach(end);
    },
  };
}
