import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

/** What crossed one connection, each way. */
export interface Relayed {
  up: Buffer[];
  down: Buffer[];
}

/** A plain TCP relay before a port, which keeps what crosses it; it knows nothing of what that is. */
export async function openRelay(port: number) {
  const connections: Relayed[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const relayed: Relayed = { up: [], down: [] };
    connections.push(relayed);
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.on('data', (bytes: Buffer) => relayed.up.push(Buffer.from(bytes)));
    upstream.on('data', (bytes: Buffer) => relayed.down.push(Buffer.from(bytes)));
    client.pipe(upstream).pipe(client);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
