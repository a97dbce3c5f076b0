import type { Conditions } from '../../protocol/conditions.ts';
import type { Arrow, Bar, Mark } from '../../protocol/space-time.ts';
import { say, type Words } from '../say.ts';

/** What an arrow says: the text that its page sent or heard. */
export function arrowText({ events }: Arrow): string {
  return events.find(({ text }) => text)?.text ?? '';
}

/** On one line, and no longer than that. */
export function shortText(text: string, most: number): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

/** Who ended something, with which code and why. */
export function closeText({ events: [event] }: Mark, words: Words): string {
  if (event?.kind !== 'close') return '';
  const { by, code, reason } = event;
  const parts = [say(words, `wire.by.${by}`), code, reason && `“${shortText(reason, 24)}”`];
  return parts.filter(Boolean).join(' · ');
}

/** How a network is bad: each condition that is set. */
export function conditionsText(conditions: Conditions, words: Words): string {
  const { latency, jitter, bandwidth, slicer, timeout, resetPeer, slowClose, offline, buffering } =
    conditions;
  const parts = [
    offline && say(words, 'net.offline'),
    (latency > 0 || jitter > 0) && `${latency}${jitter ? ` ± ${jitter}` : ''} ms`,
    bandwidth > 0 && `${bandwidth} kB/s`,
    slicer && `${say(words, 'net.slicer')} ${slicer.averageSize} B`,
    timeout !== null && say(words, 'net.timeout'),
    resetPeer !== null && say(words, 'net.reset'),
    slowClose > 0 && `${say(words, 'net.slowClose')} ${slowClose} ms`,
    buffering && say(words, 'net.buffering'),
  ];
  return parts.filter(Boolean).join(' · ');
}

export const weatherText = ({ conditions }: Bar, words: Words): string =>
  conditions ? conditionsText(conditions, words) : '';
