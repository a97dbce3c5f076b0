/** What one block of an event stream says. All fields are optional, but a block must do something. */
export interface StreamEvent {
  /** The type that listeners are called by; `''` and absent mean `message`. One line. */
  event?: string;
  /** What is said; an event without it is never dispatched. CRLF and CR arrive as LF. */
  data?: string;
  /** The place to resume from; `''` forgets it. One line, without U+0000. */
  id?: string;
  /** How long a client waits before it reconnects, in whole ms. */
  retry?: number;
}

/** What a reader of the stream is told: `lastEventId` is the last one given, by this block or before. */
export interface ReceivedEvent {
  type: string;
  data: string;
  lastEventId: string;
}

const LINE_END = /\r\n|\r|\n/;

// #region format
/**
 * One block of an event stream (WHATWG HTML §9.2.5), its blank line included. Data has one `data:`
 * line for each of its lines. With an `id` alone the block moves the place to resume from and
 * dispatches nothing. Encode as UTF-8: the format knows no other.
 */
export function formatEvent({ event, data, id, retry }: StreamEvent): string {
  const lines: string[] = [];
  if (event !== undefined) {
    if (data === undefined)
      throw new RangeError('An event without data is never dispatched: give "data", even if "".');
    lines.push(`event: ${oneLine('event', event)}`);
  }
  if (id !== undefined) {
    if (id.includes('\0'))
      throw new RangeError('Every client ignores an "id" with U+0000 in it: leave that out.');
    lines.push(`id: ${oneLine('id', id)}`);
  }
  if (retry !== undefined) {
    if (!Number.isSafeInteger(retry) || retry < 0)
      throw new RangeError(`"retry" must be a whole number of ms, 0 or more, not ${retry}.`);
    lines.push(`retry: ${retry}`);
  }
  if (data !== undefined) for (const line of data.split(LINE_END)) lines.push(`data: ${line}`);
  if (lines.length === 0)
    throw new RangeError('This block says nothing: give "data", "id" or "retry".');
  return `${lines.join('\n')}\n\n`;
}

function oneLine(name: string, value: string): string {
  if (LINE_END.test(value))
    throw new RangeError(`"${name}" must be one line: a CR or LF in it would begin another field.`);
  return value;
}
// #endregion

/**
 * A comment: clients ignore it, but it keeps a silent connection alive. No client needs the blank
 * line after it. It is there because in the grammar a comment belongs to a block, and a blank line
 * ends every block: so whatever was written is a whole stream, and what follows starts afresh. For
 * the same reason, never write a comment in the middle of a block.
 */
export function formatComment(text: string): string {
  const lines = text.split(LINE_END).map((line) => `: ${line}\n`);
  return `${lines.join('')}\n`;
}

export interface EventStreamParser {
  /** Reads the next piece of text, cut anywhere, and returns the events that it completes. */
  push(chunk: string): ReceivedEvent[];
  /** What to send as `Last-Event-ID`. Moves only at the end of a block: half a block is not received. */
  readonly lastEventId: string;
  /** The last `retry`, in ms, at once and of any size, even `Infinity`; `undefined` before the first. */
  readonly reconnectionTime: number | undefined;
  /** How much text is kept: the line and the data that are not complete, in UTF-16 units. */
  readonly held: number;
}

/** Where a parser starts, and who else is told. */
export interface EventStreamOptions {
  /** What the connection before left behind: an event without an `id` keeps it, as in browsers. */
  lastEventId?: string;
  /** Told each comment, without its colon and one space. The standard drops comments; lessons show them. */
  onComment?: (text: string) => void;
}

/**
 * Reads one event stream (WHATWG HTML §9.2.6). It needs a new one for each connection, since what
 * was not ended by a blank line is dropped with the connection. The time it takes is linear, however
 * the text is cut. It bounds nothing, since a stream may go on forever: the caller watches `held`
 * after each piece and gives up when it is too much.
 *
 * It drops a byte order mark at the start. So does a TextDecoder, unless made with `ignoreBOM: true`.
 */
export function eventStreamParser(options: EventStreamOptions = {}): EventStreamParser {
  let started = false;
  let afterCarriageReturn = false;
  let unfinished: string[] = [];
  let unfinishedLength = 0;
  let type = '';
  let data: string[] = [];
  let dataLength = 0;
  /** The id that the end of this block will make the last. */
  let id = options.lastEventId ?? '';
  let lastEventId = id;
  let reconnectionTime: number | undefined;

  function push(chunk: string): ReceivedEvent[] {
    if (chunk === '') return [];
    let text = chunk;
    if (!started && text.startsWith('\ufeff')) text = text.slice(1);
    started = true;
    // A CR ends its line at once, lest an event wait for the next one. An LF after it is its second half.
    if (afterCarriageReturn && text.startsWith('\n')) text = text.slice(1);
    afterCarriageReturn = chunk.endsWith('\r');
    const lines = text.split(LINE_END);
    const rest = lines.pop() ?? '';
    const events: ReceivedEvent[] = [];
    for (const end of lines) {
      const line = unfinished.join('') + end;
      unfinished = [];
      unfinishedLength = 0;
      if (line === '') events.push(...dispatch());
      else readLine(line);
    }
    // Pieces are joined once, at the end of the line: to search them again for each would be quadratic.
    if (rest !== '') unfinished.push(rest);
    unfinishedLength += rest.length;
    return events;
  }

  function dispatch(): ReceivedEvent[] {
    lastEventId = id;
    const event = { type: type || 'message', data: data.join('\n'), lastEventId };
    const complete = data.length > 0;
    type = '';
    data = [];
    dataLength = 0;
    return complete ? [event] : [];
  }

  function readLine(line: string): void {
    const { name, colon, from } = splitLine(line);
    const value = line.slice(from);
    if (colon === 0) options.onComment?.(value);
    else if (name === 'event') type = value;
    else if (name === 'data') {
      data.push(value);
      dataLength += value.length + 1;
    } else if (name === 'id') {
      if (!value.includes('\0')) id = value;
    } else if (name === 'retry') {
      if (/^[0-9]+$/.test(value)) reconnectionTime = Number(value);
    }
  }

  return {
    push,
    get lastEventId() {
      return lastEventId;
    },
    get reconnectionTime() {
      return reconnectionTime;
    },
    get held() {
      return unfinishedLength + dataLength;
    },
  };
}

/** A line's field name, where its colon is (or -1), and where its value begins: after one space. */
export function splitLine(line: string): { name: string; colon: number; from: number } {
  const colon = line.indexOf(':');
  if (colon === -1) return { name: line, colon, from: line.length };
  const from = line.startsWith(' ', colon + 1) ? colon + 2 : colon + 1;
  return { name: line.slice(0, colon), colon, from };
}
