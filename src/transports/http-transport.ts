import { type Message, parseMessage } from '../protocol/message.ts';
import { good, type Parsed } from '../protocol/parse.ts';
import { type Answer, readAnswer } from './exchange.ts';
import { Exchanges } from './exchanges.ts';
import { type Method, pageClock, SendError, Transport } from './transport.ts';

/** Why a request was ended by whoever sent it, to ask anew. */
export const CUT_SHORT = new DOMException('Asked anew.', 'AbortError');

/** A transport that sends by POST, as all do that have no connection of their own to send over. */
export abstract class HttpTransport extends Transport {
  /** Who sends. */
  readonly sender: string;
  /** Aborts what is under way when the transport closes. */
  protected readonly abort = new AbortController();
  protected readonly exchanges: Exchanges;

  constructor(url: string, sender: string, exchanges = new Exchanges()) {
    super(url);
    this.sender = sender;
    this.exchanges = exchanges;
  }

  // #region send
  /** POSTs one message. It is never sent twice: two POSTs would be two messages. */
  async send(text: string): Promise<void> {
    this.mustBeOpen();
    const init = {
      method: 'POST' as const,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ sender: this.sender, text }),
    };
    const answer = await this.exchange(this.url, init, parsePosted);
    if (!answer.ok) throw new SendError(answer.problem);
  }
  // #endregion

  /** One request and its answer, told as traffic. Rejects where no answer came. */
  protected async exchange<Value extends { messages?: Message[] }>(
    url: string,
    init: RequestInit & { method: Method },
    parse: (json: unknown) => Parsed<Value>,
  ): Promise<Answer<Value>> {
    const exchange = this.exchanges.next();
    const address = this.exchanges.addressOf(url, exchange);
    this.tell('traffic', { kind: 'request', exchange, method: init.method, at: pageClock() });
    try {
      const answer = await readAnswer(await fetch(address, { cache: 'no-store', ...init }), parse);
      const { status } = answer;
      const messages = (answer.ok && answer.value.messages) || [];
      this.tell('traffic', { kind: 'response', exchange, at: pageClock(), status, messages });
      return answer;
    } catch (error) {
      const kind = error === CUT_SHORT ? 'cut' : 'failure';
      this.tell('traffic', { kind, exchange, at: pageClock() });
      throw error;
    }
  }
}

function parsePosted(json: unknown): Parsed<{ messages: Message[] }> {
  const message = parseMessage(json);
  return message.ok ? good({ messages: [message.value] }) : message;
}
