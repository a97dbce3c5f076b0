import { expect } from 'vitest';
import type { ByteField } from '../../src/protocol/annotate.ts';

/** Fails unless the fields lie end to end from the first byte to the last, at every depth. */
export function expectTiles(fields: readonly ByteField[], length: number): void {
  expectEndToEnd(fields, 0, length);
}

function expectEndToEnd(fields: readonly ByteField[], from: number, to: number): void {
  let at = from;
  for (const field of fields) {
    if (field.from !== at || field.to <= at)
      expect.fail(`${field.name} is ${field.from}–${field.to}, but the one before ends at ${at}.`);
    at = field.to;
    if (!field.fields) continue;
    if (field.fields.some(({ bits }) => bits)) expectBits(field, field.fields);
    else expectEndToEnd(field.fields, field.from, field.to);
  }
  expect(at, 'the end of the last field').toBe(to);
}

function expectBits({ from, to }: ByteField, fields: readonly ByteField[]): void {
  let at = 0;
  for (const { bits, ...field } of fields) {
    expect({ ...field, at: bits?.from }).toMatchObject({ from, to, at });
    at = bits?.to ?? at;
  }
  expect({ at, to }).toEqual({ at: 8, to: from + 1 });
}

/** Each field on a line, with its place and what it says, those inside it indented. */
export function outline(fields: readonly ByteField[], indent = ''): string[] {
  return fields.flatMap(({ name, from, to, bits, value, fields: inner = [] }) => [
    `${indent}${name} ${bits ? `${from}:${bits.from}–${bits.to}` : `${from}–${to}`}` +
      (value === undefined ? '' : ` ${JSON.stringify(value)}`),
    ...outline(inner, `${indent}  `),
  ]);
}

/** Each field with what it says, and, indented, what is inside those that are named in `deep`. */
export const shape = (fields: readonly ByteField[], deep: readonly string[] = []): string[] =>
  fields.flatMap(({ name, value, fields: inner = [] }) => [
    `${name}${value === undefined ? '' : ` ${value}`}`,
    ...(deep.includes(name) ? shape(inner, deep).map((line) => `  ${line}`) : []),
  ]);
