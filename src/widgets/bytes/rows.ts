import type { ByteField } from '../../protocol/annotate.ts';

/** A field, where it stands among all in the order of the wire, and in which it lies. */
export interface Place {
  index: number;
  field: ByteField;
  /** The index of the field around it. */
  inside: number | undefined;
}

/** All fields, each before those inside it. */
export function placesOf(fields: readonly ByteField[]): readonly Place[] {
  const places: Place[] = [];
  const add = (inner: readonly ByteField[], inside: number | undefined) => {
    for (const field of inner) {
      const index = places.length;
      places.push({ index, field, inside });
      add(field.fields ?? [], index);
    }
  };
  add(fields, undefined);
  return places;
}

/** Whether a field is made of bits, or is one byte’s share of them. */
const hasBits = ({ fields = [] }: ByteField): boolean => fields.some(({ bits }) => bits);

/** The smallest fields of whole bytes: they lie end to end. */
export const leavesOf = (places: readonly Place[]): readonly Place[] =>
  places.filter(({ field }) => !field.bits && (!field.fields || hasBits(field)));

/** Bytes in a row that belong to one field. */
export interface Run {
  /** The field’s place. */
  index: number;
  from: number;
  to: number;
}

/** Rows of so many bytes, each divided by its fields: few runs, however many bytes. */
export function rowsOf(leaves: readonly Place[], length: number, perRow: number): readonly Run[][] {
  const rows: Run[][] = Array.from({ length: Math.ceil(length / perRow) }, () => []);
  for (const { index, field } of leaves)
    for (let from = field.from; from < field.to;) {
      const row = Math.floor(from / perRow);
      const to = Math.min(field.to, (row + 1) * perRow);
      rows[row]?.push({ index, from, to });
      from = to;
    }
  return rows;
}

/** Text for the eye, and how many bytes it stands for. */
export interface Cell {
  text: string;
  bytes: number;
}

/**
 * Bytes as text: a cell for each character that can be seen and lies whole among them, a picture of
 * a control character, and a dot for each byte that is neither.
 */
export function cellsOf(bytes: Uint8Array): readonly Cell[] {
  const cells: Cell[] = [];
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] ?? 0;
    const many = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    const character = oneCharacter(bytes.subarray(at, at + many));
    cells.push({ text: character ?? '·', bytes: character === undefined ? 1 : many });
    at += character === undefined ? 1 : many;
  }
  return cells;
}

function oneCharacter(bytes: Uint8Array): string | undefined {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const text = decoder.decode(bytes);
    return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(text) ? text : stand(text);
  } catch {
    return undefined;
  }
}

/** What stands for a character that has no shape: a dot, as in all such views. Many fonts lack the pictures. */
const stand = (character: string): string | undefined =>
  character === ' ' ? ' ' : /^\p{Cc}$/u.test(character) ? '·' : undefined;

/** The escapes that most languages share. */
const ESCAPES: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n', '\t': '\\t' };

/** A text in which nothing is hidden: what would move, turn or vanish is told by its number. */
export const visible = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu,
    (character) =>
      ESCAPES[character] ??
      `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
