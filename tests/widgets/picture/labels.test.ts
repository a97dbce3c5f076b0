import { expect, test } from 'vitest';
import type { SpaceTime } from '../../../src/protocol/drawn.ts';
import { fitting, type Label, labelsOf } from '../../../src/widgets/picture/labels.ts';
import { lanesOf } from '../../../src/widgets/picture/layout.ts';
import type { Count } from '../../../src/widgets/picture/strokes.ts';
import type { WireEvent } from '../../../src/protocol/wire.ts';

const WORDS = { 'picture.count.empty': '{count} answers with nothing', 'wire.by.server': 'by it' };
const WIDTH = 600;
const lanes = lanesOf([{ tag: 'a', name: 'Alice', transport: '' }], WIDTH);
const first = firstOf(lanes);

function firstOf<Thing>([first]: readonly Thing[]): Thing {
  if (first === undefined) throw new TypeError('There is none.');
  return first;
}

const event = (time: number, what: object): WireEvent =>
  ({ side: 'server', at: time, sequence: time, reader: 'a', exchange: 1, ...what }) as WireEvent;
const said = (at: number, text: string): SpaceTime['marks'][number] => ({
  key: `said ${at}`,
  kind: 'appended',
  reader: '',
  side: 'server',
  at,
  events: [event(at, { kind: 'appended', message: text, sender: 'Alice', text })],
  messages: [text],
});
const closed = (at: number): SpaceTime['marks'][number] => ({
  ...said(at, ''),
  key: `closed ${at}`,
  kind: 'close',
  reader: 'a',
  events: [event(at, { kind: 'close', by: 'server', code: 1000 })],
});
const waited = (from: number, to: number): SpaceTime['bars'][number] => ({
  key: `wait ${from}`,
  kind: 'wait',
  reader: 'a',
  from,
  to,
  events: [],
  messages: [],
});
const empty = (y: number, count: number): Count => ({
  key: `count ${y}`,
  lane: first,
  kind: 'empty',
  count,
  y,
});
const write = (
  { arrows = [], marks = [], bars = [], counts = [] }: Partial<SpaceTime> & { counts?: Count[] },
  width = WIDTH,
  textScale = 1,
) => {
  const drawing = { arrows, bars, marks };
  return labelsOf({ lanes, drawing, counts }, (time) => time, width, textScale, WORDS);
};
const texts = (labels: readonly Label[]) => labels.map(({ text }) => text);

test('an answer that refuses says its status, and one that does not says nothing', () => {
  const answered = (at: number, status: number): SpaceTime['arrows'][number] => ({
    key: `answer ${at}`,
    kind: 'response',
    way: 'down',
    reader: 'a',
    from: at,
    to: at + 5,
    isLost: false,
    isIdle: false,
    events: [event(at, { kind: 'response', status })],
    messages: [],
  });
  expect(texts(write({ arrows: [answered(50, 200), answered(100, 502)] }))).toEqual(['✕ 502']);
});

test('where the server does not tell what it logged, what was posted is written beside its request', () => {
  const posts = (at: number, body: string, method = 'POST'): SpaceTime['arrows'][number] => {
    const bytes = { length: body.length, base64: btoa(body) };
    const asked = event(at, { kind: 'request', method, target: '/', body: bytes });
    return {
      key: `post ${at}`,
      kind: 'request',
      way: 'up',
      reader: 'a',
      from: at,
      to: at + 5,
      isLost: false,
      isIdle: false,
      events: [event(at, { kind: 'request', method, target: '', side: 'page' }), asked],
      messages: [],
    };
  };
  const arrows = [
    posts(50, '{"text":"hello","sender":"Alice"}'),
    posts(100, 'not JSON'),
    posts(150, '{"text":7}'),
    posts(200, '{"text":"no post"}', 'DELETE'),
  ];
  expect(texts(write({ arrows }))).toEqual(['hello']);
  expect(texts(write({ arrows, marks: [said(300, 'logged')] }))).toEqual(['logged']);
});

test('of two texts that would lie upon each other, the older one stays', () => {
  const marks = [said(110, 'second'), said(100, 'first'), said(120, 'third')];
  expect(texts(write({ marks }))).toEqual(['first', 'third']);
});

test('what was said goes before how it ended, and that before how many were empty', () => {
  const long = 'a text of some length';
  expect(texts(write({ marks: [said(110, long), closed(95)] }))).toEqual(['a text of some le…']);
  expect(texts(write({ marks: [closed(95)], counts: [empty(100, 9)] }))).toEqual([
    'by it · 1000',
    '9 answers with nothing',
  ]);
  const narrow = lanesOf([{ tag: 'a', name: 'Alice', transport: '' }], 200);
  const drawing = { arrows: [], bars: [], marks: [closed(95)] };
  const written = (counts: Count[]) =>
    texts(labelsOf({ lanes: narrow, drawing, counts }, (time) => time, 200, 1, WORDS));
  expect(written([{ ...empty(100, 9), lane: firstOf(narrow) }])).toEqual(['by it · 1000']);
  expect(written([{ ...empty(140, 9), lane: firstOf(narrow) }])).toEqual(['by it · 1000', '9×']);
});

test('what is on one line and beside each other stays, both of it', () => {
  const both = write({ marks: [said(110, 'hello')], bars: [waited(90, 110)] });
  expect(texts(both)).toEqual(['hello', '20\u00a0ms']);
});

test('larger text needs more room, and a narrow picture has none for what was said', () => {
  const marks = [said(100, 'first'), said(115, 'second')];
  expect(texts(write({ marks }))).toEqual(['first', 'second']);
  expect(texts(write({ marks }, WIDTH * 2, 2))).toEqual(['first']);
  expect(texts(write({ marks }, 380))).toEqual([]);
});

test('a Chinese text takes the room that it has', () => {
  const wide = lanesOf([{ tag: 'a', name: 'Alice', transport: '' }], 470);
  const label = (text: string) =>
    texts(
      labelsOf(
        {
          lanes: wide,
          drawing: { arrows: [], bars: [waited(80, 120)], marks: [said(110, text)] },
          counts: [{ ...empty(100, 5), lane: firstOf(wide) }],
        },
        (time) => time,
        470,
        1,
        WORDS,
      ),
    );
  expect(label('abcdefghij')).toContain('5 answers with nothing');
  expect(label('水烧上了水烧上了水烧')).not.toContain('5 answers with nothing');
});

test('of a text that is too long for its place, as much is written as there is room for', () => {
  expect(fitting('offline', 60, 1)).toBe('offline');
  expect(fitting('offline', 30, 1)).toBe('off…');
  expect(fitting('代理缓冲响应', 60, 1)).toBe('代理缓冲…');
  expect(fitting('offline', 60, 2)).toBe('off…');
});
