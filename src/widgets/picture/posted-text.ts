import type { Arrow } from '../../protocol/drawn.ts';
import { parseNewMessage } from '../../protocol/message.ts';
import { parseJson } from '../../protocol/parse.ts';
import { kept } from '../../protocol/wire-bytes.ts';
import type { WireEvent } from '../../protocol/wire.ts';

/** The text of a message that a request posts, by the bytes that its server had; '' for what posts none. */
export function postedText({ events }: Arrow): string {
  for (const event of events) {
    const text = known.get(event) ?? textOf(event);
    known.set(event, text); // a run is drawn again and again
    if (text) return text;
  }
  return '';
}

const known = new WeakMap<WireEvent, string>();

function textOf(event: WireEvent): string {
  if (event.kind !== 'request' || event.method !== 'POST' || !event.body) return '';
  const { bytes, length } = kept(event.body);
  if (bytes.length < length) return ''; // it is cut
  const posted = parseNewMessage(parseJson(new TextDecoder().decode(bytes)));
  return posted.ok ? posted.value.text : '';
}
