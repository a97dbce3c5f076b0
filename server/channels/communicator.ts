import { Conversation, type Transport } from './conversation.ts';
import { UsageError } from './errors.ts';
import { Mailbox } from './mailbox.ts';
import type { Refusal } from './problem.ts';
import type { Application, WebSocketScope } from './scope.ts';

export interface CommunicatorOptions {
  readonly headers?: WebSocketScope['headers'];
  readonly subprotocols?: readonly string[];
  readonly queryString?: string;
}

/** How an application answered the handshake. */
export type Answer =
  | { readonly accepted: true; readonly subprotocol?: string }
  | { readonly accepted: false; readonly refusal: Refusal };

/** What an application did that its peer can see. */
type Act =
  | { readonly type: 'answer'; readonly answer: Answer }
  | { readonly type: 'message'; readonly content: string | Uint8Array }
  | { readonly type: 'close'; readonly code: number; readonly reason: string }
  | { readonly type: 'end' };

/**
 * The peer of an application, without a socket (Channels: `WebsocketCommunicator`).
 * What the application failed with, every method rejects with.
 */
export class WebSocketCommunicator {
  readonly #application: Application;
  readonly #scope: WebSocketScope;
  readonly #acts = new Mailbox<Act>();
  readonly #conversation: Conversation;
  #run: Promise<void> | undefined;
  #over = false;

  constructor(application: Application, path: string, options: CommunicatorOptions = {}) {
    const { headers = [], subprotocols = [], queryString = '' } = options;
    this.#application = application;
    this.#scope = {
      type: 'websocket',
      scheme: 'ws',
      httpVersion: '1.1',
      path,
      rawPath: encodeURI(path),
      queryString,
      headers,
      subprotocols,
      urlRoute: { args: [], kwargs: {} },
    };
    const act = (what: Act) => {
      this.#acts.put(what);
      return true;
    };
    const transport: Transport = {
      accept: (subprotocol) =>
        act({
          type: 'answer',
          answer: { accepted: true, ...(subprotocol !== undefined && { subprotocol }) },
        }),
      refuse: (refusal) => act({ type: 'answer', answer: { accepted: false, refusal } }),
      write: (content) => act({ type: 'message', content }),
      close: (code, reason) => act({ type: 'close', code, reason }),
      pause: () => undefined,
      resume: () => undefined,
    };
    this.#conversation = new Conversation(transport, subprotocols);
  }

  /** Asks for the connection; resolves when the application has accepted or denied it. */
  async connect(): Promise<Answer> {
    if (this.#run) throw new UsageError('connect() came twice. Make another communicator.');
    this.#run = this.#conversation.run(this.#application, this.#scope);
    const end = () => {
      this.#over = true;
      this.#acts.end({ type: 'end' });
    };
    this.#run.then(end, end);
    const act = await this.#next();
    if (act.type === 'answer') return act.answer;
    throw new UsageError(`The application did not answer: ${act.type} came first.`);
  }

  /** Sends a message to the application: a string as text, bytes as binary. */
  sendTo(content: string | Uint8Array): void {
    if (this.#conversation.phase !== 'open') {
      throw new UsageError('The connection is not open. Await connect() first, once.');
    }
    this.#conversation.message(content);
  }

  sendJsonTo(content: unknown): void {
    this.sendTo(JSON.stringify(content));
  }

  /** The next message of the application, when it comes. */
  async receiveFrom(): Promise<string | Uint8Array> {
    const act = await this.#next();
    if (act.type === 'message') return act.content;
    throw new UsageError(`The application sent no message: ${describe(act)} came.`);
  }

  async receiveJsonFrom(): Promise<unknown> {
    const content = await this.receiveFrom();
    if (typeof content === 'string') return JSON.parse(content) as unknown;
    throw new UsageError('The application sent bytes, not JSON. Use receiveFrom().');
  }

  /** The application's close frame, when it comes. */
  async receiveClose(): Promise<{ readonly code: number; readonly reason: string }> {
    const act = await this.#next();
    if (act.type === 'close') return { code: act.code, reason: act.reason };
    throw new UsageError(`The application did not close: ${describe(act)} came.`);
  }

  /**
   * Whether the application has nothing to say. It looks when the application waits for its peer
   * again and every promise that could be settled is: nothing is slept for, so what waits for a
   * timer or the network outside a handler of the peer's events is not waited for either.
   */
  async receiveNothing(): Promise<boolean> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (!this.#conversation.awaited && !this.#over);
    return this.#acts.size === 0;
  }

  /** Leaves, as a peer whose close frame had `code`, and waits for the application's end. */
  async disconnect(code = 1005, reason = ''): Promise<void> {
    this.#conversation.left(code, reason);
    await this.wait();
  }

  /** Resolves when the application has ended. */
  async wait(): Promise<void> {
    await this.#run;
  }

  async #next(): Promise<Act> {
    if (!this.#run) throw new UsageError('Nobody is connected. Await connect() first.');
    const act = await this.#acts.take();
    if (act.type === 'end') await this.#run;
    return act;
  }
}

function describe(act: Act): string {
  if (act.type === 'message') return `the message ${JSON.stringify(act.content)}`;
  if (act.type === 'close') return `close ${act.code} ${act.reason}`;
  return act.type === 'end' ? 'its end' : 'an answer';
}
