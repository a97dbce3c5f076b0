import { OPCODES } from '../../protocol/frame.ts';
import type { What, WireEvent } from '../../protocol/wire.ts';
import { type Method, type Traffic, UNKNOWN } from '../../transports/transport.ts';

type Told = Omit<WireEvent, 'side' | 'sequence'>;

/** Tells a reader's traffic as events of the page: what its script is shown, and so without bytes. */
export function pageEvents(tell: (event: Told) => void): (traffic: Traffic, tag: string) => void {
  /** By exchange: what it began with, and the number in its address. */
  const known = new Map<number, { method: Method; bears: number }>();

  return (traffic, tag) => {
    if (traffic.kind === 'request') {
      const { exchange, method, bears = exchange } = traffic;
      known.set(exchange, { method, bears });
    }
    const one = known.get(traffic.exchange);
    const what = one && whatOf(traffic, one.method);
    if (!one || !what) return;
    const { at } = traffic;
    const carries = carriedBy(traffic);
    const text = textOf(traffic);
    tell({
      at,
      reader: tag,
      exchange: one.bears,
      ...(carries.length && { carries }),
      ...(text && { text }),
      ...what,
    });
    const isOver = ['response', 'failure', 'cut'].includes(traffic.kind);
    if (isOver) known.delete(traffic.exchange);
  };
}

function whatOf(traffic: Traffic, method: Method): What | undefined {
  const isSocket = method === 'SOCKET';
  const frame = { kind: 'frame', opcode: OPCODES.text, content: 0 } as const;
  switch (traffic.kind) {
    case 'request':
      return {
        kind: 'request',
        method: isSocket || method === 'STREAM' ? 'GET' : method,
        target: '',
      };
    case 'opened':
      return isSocket ? { kind: 'upgrade' } : { kind: 'response', status: 200 };
    case 'arrived':
      return isSocket ? { ...frame, way: 'down' } : { kind: 'chunk', content: 0 };
    case 'sent':
      return { ...frame, way: 'up' };
    case 'response':
      return { kind: 'response', status: traffic.status };
    case 'failure':
    case 'cut':
      return { kind: 'close', by: traffic.kind === 'cut' ? 'client' : 'server', clean: false };
  }
}

function textOf(traffic: Traffic): string {
  if (traffic.kind === 'arrived') return traffic.message.text;
  return traffic.kind === 'sent' ? traffic.text : '';
}

function carriedBy(traffic: Traffic): readonly string[] {
  // What no log has stamped has an id of the page's own.
  if (traffic.kind === 'arrived') return traffic.message.at === UNKNOWN ? [] : [traffic.message.id];
  return traffic.kind === 'response' ? traffic.messages.map(({ id }) => id) : [];
}
