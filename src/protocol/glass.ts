import type { GroupView, ListView, ReadersView } from './views.ts';
import type { What } from './wire.ts';

/** What is inside the server for one room: what its lesson has of it, and the process. */
export interface Glass {
  /** ms since the epoch, by the clock of the events. */
  at: number;
  process: ProcessView;
  log?: LogView;
  queues?: ReadersView;
  list?: ListView;
  group?: GroupView;
}

/** The process that answered. */
export interface ProcessView {
  pid: number;
  /** Open connections, of all visitors. */
  connections: number;
  /** Resident memory, bytes. */
  memory: number;
  /** The longest time of late that the event loop was late, ms. */
  lateness: number;
}

/** A room's log: how many messages it has, and the last of them. */
export interface LogView {
  many: number;
  last: { id: string; sender: string; text: string }[];
}

/** What happened between two looks at a room, as far as they tell. */
export function changesBetween(before: Glass, after: Glass): What[] {
  return [
    ...came('list', before.list?.many, after.list?.many),
    ...came('group', before.group?.many, after.group?.many),
    ...moved(owedIn(before), owedIn(after)),
    ...lost(lostIn(before), lostIn(after)),
  ];
}

function came(place: 'list' | 'group', before: number | undefined, after: number | undefined) {
  if (before === undefined || after === undefined || before === after) return [];
  return [{ kind: after > before ? 'joined' : 'left', place, many: after } satisfies What];
}

/** More is owed: it was queued. Less: it was acknowledged. */
function moved(before: number | undefined, after: number | undefined): What[] {
  if (before === undefined || after === undefined || before === after) return [];
  return [
    after > before
      ? { kind: 'queued', many: after - before }
      : { kind: 'acknowledged', many: before - after },
  ];
}

function lost(before: number | undefined, after: number | undefined): What[] {
  if (before === undefined || after === undefined || after <= before) return [];
  return [{ kind: 'dropped', many: after - before }];
}

const owedIn = ({ queues }: Glass) => queues?.readers.reduce((sum, { owed }) => sum + owed, 0);
const lostIn = ({ group }: Glass) => group?.members.reduce((sum, { lost }) => sum + lost, 0);
