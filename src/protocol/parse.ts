/** A value, or one sentence that says what is wrong and what would be right. */
export type Parsed<Value> = { ok: true; value: Value } | { ok: false; detail: string };

export const good = <Value>(value: Value): Parsed<Value> => ({ ok: true, value });
export const bad = (detail: string): Parsed<never> => ({ ok: false, detail });

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The JSON in a text, or undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
