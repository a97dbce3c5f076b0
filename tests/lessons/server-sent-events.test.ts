import { claims } from '../../src/lessons/server-sent-events/claims.ts';
import { testClaims, testWrongServer } from '../support/claims.ts';
import { wrongServerSentEventsServer } from '../support/wrong-server-sent-events-server.ts';

testClaims('server-sent-events', claims);

const STREAM = '200 with text/event-stream, at once';
const ONE_ANSWER =
  '200 with text/event-stream, and in it, while it stays open: message 1, message 2, message 3, message 4, message 5';
const IDS = 'as lastEventId, and as the id of the message in the data: 2, 3, 4';
const REPLAYS = 'missed 1, missed 2, live, the end';
const HEADER_WINS = 'after the header’s cursor, not the address’s: three';
const EACH = '20 messages, each once, in the order of the log';
const REFUSAL = '400, application/problem+json and urn:on-the-wire:malformed';

testWrongServer(claims, wrongServerSentEventsServer, {
  'ends its answer after each event': {
    'one-answer': [ONE_ANSWER, '200 with text/event-stream, and in it: message 1'],
    replays: [REPLAYS, 'missed 1'],
    'each-once': [EACH, /^\d+ received: [1-9]\d* missing, 0 repeated, 0 that nobody posted/],
  },
  'calls the stream text/plain': {
    'one-answer': [STREAM, '200 with text/plain'],
    'each-once': [STREAM, '200 with text/plain'],
  },
  'has nothing to say until there is a message': {
    'one-answer': [STREAM, 'not even a head after 3 s'],
    'speaks-at-once': [STREAM, 'not even a head after 3 s'],
    'each-once': [STREAM, 'not even a head after 3 s'],
  },
  'sends its head, and no byte more': {
    'speaks-at-once': [
      'the head and a first byte within 1000 ms, in a silent room',
      /^0 bytes after \d{4} ms$/,
    ],
  },
  'sends the whole log to everyone': {
    'from-now-on': [
      'after two messages, of which one came before the stream: after',
      'before, after',
    ],
  },
  'gives no ids': { 'each-id': [IDS, 'as lastEventId: –, –, –; in the data: 2, 3, 4'] },
  'counts its ids anew for each stream': {
    'each-id': [IDS, 'as lastEventId: 1, 2, 3; in the data: 2, 3, 4'],
  },
  'stamps a message anew for each stream': {
    'each-id': [IDS, 'as lastEventId: 2, 3, 4; in the data: 2-1, 3-2, 4-3'],
  },
  'ignores Last-Event-ID': {
    replays: [REPLAYS, 'live, the end'],
    'header-wins': [HEADER_WINS, 'two, three'],
    'refuses-nonsense': [
      `Last-Event-ID: nonsense!: ${REFUSAL}`,
      '200, text/event-stream, problem: –',
    ],
  },
  'replays the whole log': {
    replays: [REPLAYS, 'heard, missed 1, missed 2, live, the end'],
    'header-wins': [HEADER_WINS, 'one, two, three'],
  },
  'replays everything twice': {
    replays: [REPLAYS, 'missed 1, missed 2, missed 1, missed 2, live, the end'],
  },
  'believes the address first': { 'header-wins': [HEADER_WINS, 'two, three'] },
  'loses every tenth message': {
    'each-once': [
      EACH,
      '18 received: 2 missing, 0 repeated, 0 that nobody posted; ids that differ: 18',
    ],
  },
  'sends every message twice': {
    'one-answer': [ONE_ANSWER, /: message 1, message 1, message 2, message 2/],
    replays: [REPLAYS, 'missed 1, missed 2, live, live, the end'],
    'each-once': [
      EACH,
      '40 received: 0 missing, 20 repeated, 0 that nobody posted; ids that differ: 20',
    ],
  },
  'swaps two messages in a burst': {
    'one-answer': [ONE_ANSWER, /: message 1, message 2, message 4, message 3, message 5$/],
    'each-once': [EACH, 'each once, but after=0 gives them in another order'],
  },
  'sends messages of its own kind': {
    'from-now-on': [/: after$/, '{"from":"Bob","text":"after"}'],
    'each-once': [EACH, 'the reader gave up: "sender" must be a string.'],
  },
  'takes any cursor': {
    'refuses-nonsense': [`?after=nonsense!: ${REFUSAL}`, '200, text/event-stream, problem: –'],
  },
  'takes any header': {
    'refuses-nonsense': [
      `Last-Event-ID: nonsense!: ${REFUSAL}`,
      '200, text/event-stream, problem: –',
    ],
  },
  'refuses in plain text': {
    'refuses-nonsense': [
      `?after=nonsense!: ${REFUSAL}`,
      '400, text/plain, problem: urn:on-the-wire:malformed',
    ],
  },
  'never answers nonsense': {
    'refuses-nonsense': [`?after=nonsense!: ${REFUSAL}`, 'not even a head after 3 s'],
  },
});
