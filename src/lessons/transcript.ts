/** One thing that a check sent, or that came back. */
export interface Line {
  way: 'sent' | 'came';
  /** ms since the transcript began. */
  at: number;
  text: string;
}

/** Lines that are kept; of more, the last. Characters of each. */
const MOST = 200;
const LONGEST = 160;

/**
 * Notes what goes through this program's `fetch` and `WebSocket` until it is stopped: requests, what
 * answered them, and frames. For a program that runs one check at a time.
 */
export function transcribe(): { lines: readonly Line[]; stop: () => void } {
  const { fetch: plainFetch, WebSocket: PlainWebSocket } = globalThis;
  const lines: Line[] = [];
  const began = performance.now();
  const note = (way: Line['way'], text: string) => {
    lines.push({ way, at: performance.now() - began, text: short(text) });
    if (lines.length > MOST) lines.shift();
  };

  globalThis.fetch = async (input, init) => {
    const { method, url } = new Request(input, init);
    const body = typeof init?.body === 'string' ? ` ${init.body}` : '';
    note('sent', `${method} ${pathOf(url)}${body}`);
    try {
      const response = await plainFetch(input, init);
      const type = response.headers.get('Content-Type') ?? 'no Content-Type';
      void noteBody(response.clone(), (text) =>
        note('came', `${response.status} ${type.split(';')[0]} ${text}`),
      );
      return response;
    } catch (error) {
      note('came', `nothing: ${reasonOf(error)}`);
      throw error;
    }
  };

  globalThis.WebSocket = class extends PlainWebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      note('sent', `WebSocket ${pathOf(String(url))}`);
      this.addEventListener('open', () => note('came', '101, it is open'));
      this.addEventListener('message', ({ data }: MessageEvent<unknown>) =>
        note('came', typeof data === 'string' ? `text ${data}` : 'a binary message'),
      );
      this.addEventListener('close', ({ code, reason }) =>
        note('came', `closed with ${code} ${reason}`.trimEnd()),
      );
    }

    override send(data: Parameters<WebSocket['send']>[0]): void {
      note('sent', typeof data === 'string' ? `text ${data}` : 'a binary message');
      super.send(data);
    }

    override close(code?: number, reason?: string): void {
      note('sent', `close ${code ?? ''} ${reason ?? ''}`.trimEnd());
      super.close(code, reason);
    }
  };

  return {
    lines,
    stop() {
      Object.assign(globalThis, { fetch: plainFetch, WebSocket: PlainWebSocket });
    },
  };
}

/** Notes a body piece by piece, so that a stream is noted while it lasts. */
async function noteBody({ body }: Response, note: (text: string) => void): Promise<void> {
  if (!body) return note('');
  const decoder = new TextDecoder();
  let isFirst = true;
  try {
    for await (const piece of body) {
      note(decoder.decode(piece, { stream: true }));
      isFirst = false;
    }
    if (isFirst) note('(empty)');
  } catch (error) {
    note(`and then nothing more: ${reasonOf(error)}`);
  }
}

const pathOf = (url: string) => {
  const { pathname, search } = new URL(url);
  return pathname + search;
};

function reasonOf(error: unknown): string {
  const { cause } = Object(error) as { cause?: unknown };
  const told = cause instanceof Error ? cause : error;
  return told instanceof Error ? told.message : String(told);
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
