/** A file as a lesson shows it: without the marks of its regions. */
export interface Shown {
  code: string;
  /** Where each region is in it, by name: lines from 0, both ends count. */
  regions: Record<string, readonly [first: number, last: number]>;
}

const BEGIN = /^\s*(?:\/\/|#) #region (\S+)$/;
const END = /^\s*(?:\/\/|#) #endregion$/;

/**
 * A file between the marks `// #region name` and `// #endregion`, or the whole of it; undefined where
 * it has no such region. What is indented in common is taken away.
 */
export function shownOf(text: string, region?: string): Shown | undefined {
  const lines = text.split('\n');
  const from =
    region === undefined ? 0 : lines.findIndex((line) => BEGIN.exec(line)?.[1] === region) + 1;
  const to =
    region === undefined
      ? lines.length
      : lines.findIndex((line, at) => at >= from && END.test(line));
  if (region !== undefined && (from === 0 || to < 0)) return undefined;
  const kept: string[] = [];
  const regions: Record<string, readonly [number, number]> = {};
  let open: { name: string; first: number } | undefined;
  for (const line of lines.slice(from, to)) {
    const name = BEGIN.exec(line)?.[1];
    if (name !== undefined) open = { name, first: kept.length };
    else if (!END.test(line)) kept.push(line);
    else if (open) {
      regions[open.name] = [open.first, kept.length - 1];
      open = undefined;
    }
  }
  const code = dedent(kept);
  if (region !== undefined) regions[region] = [0, code.split('\n').length - 1];
  return { code, regions };
}

function dedent(lines: string[]): string {
  const indents = lines.filter((line) => line.trim()).map((line) => line.search(/\S/));
  const least = Math.min(...indents);
  return lines
    .map((line) => line.slice(least))
    .join('\n')
    .trim();
}
