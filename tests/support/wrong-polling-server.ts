import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is wrong with it; right otherwise. */
interface Wrongs {
  /** Forgets the message at this place of a room, counted from 0. */
  loses?: (place: number) => boolean;
  /** Gives the last message before the cursor again. */
  repeats?: boolean;
  /** Answers a GET only after so many ms. */
  holds?: number;
  /** The status of a POST. */
  created?: number;
  oneRoom?: boolean;
  sameId?: boolean;
  says?: (text: string) => string;
  clock?: () => number;
  /** What it makes of a cursor before it sends it. */
  cursor?: (after: string) => unknown;
  deduplicates?: boolean;
}

/** A builder's server for the polling lesson, as short as they come, and wrong on purpose. */
export async function wrongPollingServer(wrongs: Wrongs) {
  const rooms = new Map<string, { text: string; id: string }[]>();
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const room = wrongs.oneRoom ? '' : url.pathname;
      const log = rooms.get(room) ?? [];
      rooms.set(room, log);
      if (request.method === 'POST') {
        const words = JSON.parse(await bodyOf(request)) as { text: string };
        const known = wrongs.deduplicates && log.find(({ text }) => text === words.text);
        const message = known || {
          id: wrongs.sameId ? '1' : String(log.length + 1),
          ...words,
          text: wrongs.says?.(words.text) ?? words.text,
          at: wrongs.clock?.() ?? Date.now(),
        };
        if (!known) log.push(message);
        response.writeHead(wrongs.created ?? 201).end(JSON.stringify(message));
        return;
      }
      if (wrongs.holds) await new Promise((resolve) => setTimeout(resolve, wrongs.holds));
      const after = Number(url.searchParams.get('after'));
      const from = Math.max(0, wrongs.repeats ? after - 1 : after);
      const messages = log.slice(from).filter((_, place) => !wrongs.loses?.(from + place));
      const end = String(log.length);
      response.end(JSON.stringify({ messages, after: wrongs.cursor?.(end) ?? end, skipped: 0 }));
    })().catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
