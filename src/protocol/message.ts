import { type Cursor, parseCursor } from './cursor.ts';
import { bad, good, isRecord, type Parsed } from './parse.ts';

/** What a reader writes: `sender` 1–40 and `text` 1–2,000 Unicode code points. */
export interface NewMessage {
  sender: string;
  text: string;
}

/** What a reader receives. `id` is a cursor; `at` is when the server accepted it, ms since the epoch. */
export interface Message extends NewMessage {
  id: string;
  at: number;
}

/**
 * What a room's log answers: the messages after a cursor, oldest first; the cursor to ask with
 * next; and how many were lost in between (`null`: it cannot be known).
 */
export interface Reading {
  messages: Message[];
  after: string;
  skipped: number | null;
}

export const MAX_SENDER = 40;
export const MAX_TEXT = 2000;

/** Reads `{ sender, text }` from JSON that a stranger sent. Lone surrogates become U+FFFD. */
export function parseNewMessage(json: unknown): Parsed<NewMessage> {
  if (!isRecord(json)) return bad('Send a JSON object such as {"sender":"Alice","text":"hi"}.');
  const sender = parseWords('sender', json['sender'], MAX_SENDER);
  if (!sender.ok) return sender;
  const text = parseWords('text', json['text'], MAX_TEXT);
  if (!text.ok) return text;
  return good({ sender: sender.value, text: text.value });
}

function parseWords(name: string, value: unknown, most: number): Parsed<string> {
  if (typeof value !== 'string') return bad(`"${name}" must be a string.`);
  const words = value.toWellFormed();
  const length = [...words].length;
  if (length < 1 || length > most)
    return bad(`"${name}" must have 1 to ${most} characters; this one has ${length}.`);
  if (/[^\P{Cc}\n\t]/u.test(words))
    return bad(`"${name}" has a control character; only newline and tab are allowed.`);
  return good(words);
}

/** A room's or group's name: 1–64 ASCII letters, digits or underscores. */
export function parseRoomName(name: unknown): Parsed<string> {
  if (typeof name === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(name)) return good(name);
  return bad('A room’s name has 1 to 64 letters, digits or underscores.');
}

/** Reads one message that a server sent. */
export function parseMessage(json: unknown): Parsed<Message> {
  if (!isRecord(json))
    return bad('A message must be an object with "id", "sender", "text" and "at".');
  const words = parseNewMessage(json);
  if (!words.ok) return words;
  const { id, at } = json;
  if (typeof id !== 'string' || id === '') return bad('"id" must be a non-empty string.');
  if (typeof at !== 'number' || !Number.isInteger(at))
    return bad('"at" must be Unix time in milliseconds, a whole number.');
  return good({ id, ...words.value, at });
}

/** Reads what a server answered to a GET: see `Reading`. */
export function parseReading(json: unknown): Parsed<Reading> {
  if (!isRecord(json) || !Array.isArray(json['messages']))
    return bad('A reading must be an object with a list "messages".');
  const messages: Message[] = [];
  for (const item of json['messages']) {
    const message = parseMessage(item);
    if (!message.ok) return message;
    messages.push(message.value);
  }
  const { after, skipped } = json;
  if (typeof after !== 'string' || after === '') return bad('"after" must be a non-empty string.');
  if (skipped !== null && !(Number.isInteger(skipped) && Number(skipped) >= 0))
    return bad('"skipped" must be a count or null.');
  return good({ messages, after, skipped: skipped === null ? null : Number(skipped) });
}

/** Reads the query's `after`: absent means the start. */
export function parseAfter(value: unknown): Parsed<Cursor> {
  return parseCursor(value === undefined ? '0' : value);
}
