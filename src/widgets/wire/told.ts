import { idsIn } from '../../protocol/carried.ts';
import { type Conditions, parseConditions } from '../../protocol/conditions.ts';
import type { Counts } from '../../protocol/observing.ts';
import { isRecord } from '../../protocol/parse.ts';
import { kept } from '../../protocol/wire-bytes.ts';
import type { WireEvent } from '../../protocol/wire.ts';

/** An event of the server's with the ids of the messages in its bytes. */
export function withIds(event: WireEvent): WireEvent {
  const bytes = 'bytes' in event ? event.bytes : undefined;
  if (!bytes || (event.kind !== 'chunk' && event.kind !== 'frame')) return event;
  const carries = idsIn(new TextDecoder().decode(kept(bytes).bytes));
  return carries.length ? { ...event, carries } : event;
}

/** The conditions of readers, by tag. */
export function conditionsIn(told: Record<string, unknown>): Record<string, Conditions> {
  const all = Object.entries(told).flatMap(([tag, json]) => {
    const conditions = parseConditions(json);
    return conditions.ok ? [[tag, conditions.value] as const] : [];
  });
  return Object.fromEntries(all);
}

/** Bytes by tag, and what was counted before. */
export function countsIn(
  told: Record<string, unknown>,
  before: Readonly<Record<string, Counts>>,
): Record<string, Counts> {
  const all = Object.entries(told).flatMap(([tag, count]) => {
    if (!isRecord(count)) return [];
    const of = (name: keyof Counts) => Number(count[name]) + (before[tag]?.[name] ?? 0);
    const counts: Counts = {
      upHeads: of('upHeads'),
      upBodies: of('upBodies'),
      downHeads: of('downHeads'),
      downBodies: of('downBodies'),
    };
    return [[tag, counts] as const];
  });
  return Object.fromEntries(all);
}
