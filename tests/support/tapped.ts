import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net';
import { onTestFinished } from 'vitest';

/** The free port on which a server listens until the test ends. */
export async function listening(server: Server): Promise<number> {
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A TCP proxy before a port, and all bytes that went through it, either way. */
export async function tapped(port: number) {
  const up: Buffer[] = [];
  const down: Buffer[] = [];
  const proxy = createTcpServer((client) => {
    const server = connect(port, '127.0.0.1');
    client.on('data', (bytes) => up.push(Buffer.from(bytes))).pipe(server);
    server.on('data', (bytes) => down.push(Buffer.from(bytes))).pipe(client);
  });
  return {
    port: await listening(proxy),
    up: () => new Uint8Array(Buffer.concat(up)),
    down: () => new Uint8Array(Buffer.concat(down)),
  };
}

/** What crossed between a client of node:http and a server of node:http. */
export async function exchanged(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
  options: { method?: string; path?: string; headers?: Record<string, string> },
  body = '',
) {
  const tap = await tapped(
    await listening(createServer((asked, answered) => void answer(asked, answered))),
  );
  const asked = request({ port: tap.port, host: '127.0.0.1', agent: false, ...options });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  for await (const piece of response) void piece;
  return { up: tap.up(), down: tap.down() };
}
