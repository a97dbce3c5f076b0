import { bad, good, isRecord, type Parsed } from './parse.ts';
import { type GroupView, type ListView, parseGroup, parseList, type ReadersView } from './views.ts';
import type { What } from './wire.ts';

/** What is inside the server for one room: what its lesson has of it, and the process. */
export interface Glass {
  /** ms since the epoch, by the clock of the events. */
  at: number;
  process: ProcessView;
  log?: LogView;
  queues?: ReadersView & Whose;
  list?: ListView & Whose;
  group?: GroupView & Whose;
}

/** Whose the entries are, in their order, by tags that the observer watches; null for others. */
export interface Whose {
  whose?: readonly (string | null)[];
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

const STRANGE = 'This is not what this server shows of its inside.';

/** Reads what the server tells of its inside. */
export function parseGlass(json: unknown): Parsed<Glass> {
  if (!isRecord(json) || !isRecord(json['process'])) return bad(STRANGE);
  const { at, process, log, queues, list, group } = json;
  const { pid, connections, memory, lateness } = process;
  return good({
    at: Number(at),
    process: {
      pid: Number(pid),
      connections: Number(connections),
      memory: Number(memory),
      lateness: Number(lateness),
    },
    ...(isRecord(log) && {
      log: { many: Number(log['many']), last: recordsIn(log['last'], said) },
    }),
    ...(isRecord(queues) && {
      queues: {
        many: Number(queues['many']),
        readers: recordsIn(queues['readers'], queue),
        ...whoseIn(queues),
      },
    }),
    ...part('list', parseList(list), list),
    ...part('group', parseGroup(group), group),
  });
}

/** A view that could be read, and whose its entries are. */
const part = <Name extends string, View>(name: Name, view: Parsed<View>, json: unknown) =>
  view.ok && isRecord(json) && { [name]: { ...view.value, ...whoseIn(json) } };

const recordsIn = <Value>(json: unknown, of: (one: Record<string, unknown>) => Value): Value[] =>
  Array.isArray(json) ? json.filter(isRecord).map(of) : [];

const said = ({ id, sender, text }: Record<string, unknown>) => ({
  id: String(id),
  sender: String(sender),
  text: String(text),
});
const queue = ({ held, owed }: Record<string, unknown>) => ({
  held: held === true,
  owed: Number(owed),
});

function whoseIn({ whose }: Record<string, unknown>): Whose {
  if (!Array.isArray(whose)) return {};
  return { whose: whose.map((tag) => (typeof tag === 'string' ? tag : null)) };
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
