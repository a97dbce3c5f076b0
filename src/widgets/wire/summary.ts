import { decodeFrame, OPCODES, readClosePayload } from '../../protocol/frame.ts';
import { kept } from '../../protocol/wire-bytes.ts';
import type { Bytes, WireEvent } from '../../protocol/wire.ts';
import { conditionsText } from '../picture/captions.ts';
import { say, type Words } from '../say.ts';

/** Characters of a text that one line shows. */
const SHOWN = 72;

/** What kind of event it is, in words. */
export const kindOf = ({ side, kind }: WireEvent, words: Words): string =>
  words[`wire.kind.${side}.${kind}`] ?? say(words, `wire.kind.${kind}`);

/** What an event says beside its kind, on one line. What was on the wire is as it was there. */
export function summaryOf(event: WireEvent, words: Words): string {
  if (event.side === 'page' && event.kind !== 'appended' && event.text) return short(event.text);
  switch (event.kind) {
    case 'request':
      return event.side === 'page' ? event.method : short(`${event.method} ${event.target}`);
    case 'response':
      return String(event.status);
    case 'upgrade':
      return event.head ? '101 Switching Protocols' : '';
    case 'chunk':
      return short(textOf(event.bytes).replace(/^[0-9a-f]+\r\n/i, ''));
    case 'frame':
      return `${opcodeName(event.opcode)} ${short(frameText(event.bytes))}`.trimEnd();
    case 'close':
      return [
        say(words, `wire.by.${event.by}`),
        event.code ?? '',
        event.reason ? `“${event.reason}”` : '',
      ]
        .filter((part) => part !== '')
        .join(' · ');
    case 'appended':
      return short(`${event.sender}: ${event.text}`);
    case 'released':
      return say(words, `wire.because.${event.because}`);
    case 'joined':
    case 'left':
      return say(words, `wire.many.${event.place}`, { count: event.many });
    case 'conditions':
      return conditionsText(event.conditions, words) || say(words, 'wire.conditions.clear');
    case 'queued':
    case 'acknowledged':
    case 'dropped':
      return say(words, 'wire.messages', { count: event.many });
    default:
      return '';
  }
}

export function opcodeName(opcode: number): string {
  return Object.entries(OPCODES).find(([, code]) => code === opcode)?.[0] ?? String(opcode);
}

function frameText(bytes: Bytes | undefined): string {
  const frame = bytes && decodeFrame(kept(bytes).bytes);
  if (!frame?.ok) return '';
  const { opcode, payload } = frame.value;
  if (opcode === OPCODES.text) return new TextDecoder().decode(payload);
  if (opcode !== OPCODES.close) return '';
  const said = readClosePayload(payload);
  return said.ok ? `${said.value.code} ${said.value.reason}` : '';
}

const textOf = (bytes: Bytes | undefined) =>
  bytes ? new TextDecoder().decode(kept(bytes).bytes) : '';

/** On one line: what would break it is shown as a sign. */
function short(text: string): string {
  const line = text.trimEnd().replace(/\r?\n/g, ' ⏎ ');
  return line.length > SHOWN ? `${line.slice(0, SHOWN - 1)}…` : line;
}
