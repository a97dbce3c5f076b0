import type { Conditions } from '../../protocol/conditions.ts';
import type { Arrow, Bar, Mark } from '../../protocol/drawn.ts';
import { say, type Words } from '../say.ts';
import type { Column } from './layout.ts';

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

/** What happened at one moment: an arrow left or came, a bar began or ended, or it was marked. */
export function momentText(
  { arrow, mark, bar }: { arrow: Arrow | undefined; mark: Mark | undefined; bar: Bar | undefined },
  time: number,
  columns: readonly Column[],
  words: Words,
): string {
  const nameOf = (tag: string) => columns.find((column) => column.tag === tag)?.name ?? '';
  if (arrow) {
    const what = arrow.to === time && arrow.from !== time ? 'came' : 'left';
    return say(words, `picture.moment.${arrow.way}.${what}`, {
      who: nameOf(arrow.reader),
      kind: say(words, `picture.arrow.${arrow.way}.${arrow.kind}`),
    });
  }
  if (mark) return [nameOf(mark.reader), say(words, `wire.kind.${mark.kind}`)].join(' ').trim();
  if (bar) {
    const what = bar.to === time ? 'ended' : 'began';
    return say(words, `picture.moment.${bar.kind}.${what}`, { who: nameOf(bar.reader) });
  }
  return '';
}
