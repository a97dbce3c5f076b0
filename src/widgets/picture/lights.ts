import type { WireEvent } from '../../protocol/wire.ts';

/** A place in shown code: a file's region (`server/lessons/polling.ts#get`), and the beginning of a statement in it. */
export type Light = readonly [source: `${string}#${string}`, line?: string];

/** Which code did what, by what happened (`doingOf`); null where none of ours did. */
export type Lights = Readonly<Record<string, readonly Light[] | null>>;

/** What an event is, as `Lights` call it: `server response POST`, `page frame up`. Conditions are nobody's doing. */
export function doingReader(): (event: WireEvent) => string {
  const methods = new Map<string, string>();
  return (event) => {
    const { side, kind, reader, exchange } = event;
    const key = `${reader} ${exchange}`;
    if (event.kind === 'request') methods.set(key, event.method);
    if (event.kind === 'frame')
      return `${side} ${event.opcode > 2 ? 'control ' : ''}frame ${event.way}`;
    const hasMethod = kind === 'request' || kind === 'response';
    return [side, kind, hasMethod && (methods.get(key) ?? 'GET')].filter(Boolean).join(' ');
  };
}

/**
 * The lines of a statement or a member that begins with the line that has `beginning` in it: to the
 * line that closes it, or that one alone. Both ends count; undefined where no line has it.
 */
export function statementIn(
  lines: readonly string[],
  beginning: string,
): readonly [first: number, last: number] | undefined {
  const first = lines.findIndex((line) => line.includes(beginning));
  if (first < 0) return undefined;
  const indent = (line: string) => line.search(/\S/);
  const begins = indent(lines[first] ?? '');
  let last = first;
  for (let at = first + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.trim() === '') continue;
    const closes = indent(line) === begins && /^\s*[})\]]/.test(line);
    if (indent(line) <= begins && !closes) break;
    last = at;
    if (closes) break;
  }
  return [first, last];
}
