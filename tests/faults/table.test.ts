import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

// The table of faults is held to the tests that it cites. Each failure says how to mend it.

const rows = readFileSync('tests/faults/README.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!Fault |-)/.test(line))
  .map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );

test('has at least forty faults, each with a name of its own, and nothing left out', () => {
  expect(rows.length).toBeGreaterThanOrEqual(40);
  const names = rows.map(([name]) => name);
  expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
  for (const row of rows) {
    expect(row, 'A row has five cells: escape a "|" in one of them.').toHaveLength(5);
    expect(row.every(Boolean), `"${row[0]}" has an empty cell.`).toBe(true);
  }
});

test.for(rows.map(([name = '', , , cited = '', form = '']) => [name, cited, form] as const))(
  '%s: the test that it cites is there',
  ([name, cited, form]) => {
    const [, file = '', title = ''] = /^`([^`]+)` `([^`]+)`$/.exec(cited) ?? [];
    expect(file, `"${name}" must cite a file and a title, each between backticks.`).not.toBe('');
    expect(existsSync(file), `"${name}": there is no ${file}.`).toBe(true);
    const source = readFileSync(file, 'utf8').replaceAll("\\'", "'");
    const quoted = ["'", '`', '"'].some((quote) => source.includes(quote + title + quote));
    expect(quoted, `"${name}": ${file} has no test with the title ${title}`).toBe(true);
    expect(form).toMatch(/^(both|long.*)$/);
  },
);
