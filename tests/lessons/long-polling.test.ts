import { claims } from '../../src/lessons/long-polling/claims.ts';
import { testClaims, testWrongServer } from '../support/claims.ts';
import { wrongLongPollingServer } from '../support/wrong-long-polling-server.ts';

testClaims('long-polling', claims);

const AT_ONCE =
  'the message within 1000 ms of its POST, in the answer to a question that was already held';
const EACH = '20 messages, each once, in the same order for two readers';
const AGAIN =
  'the message in two answers; then, once its cursor was sent back, in none, with or without the cursor';
const TAKEN_OVER =
  'the first: 409, application/problem+json and urn:on-the-wire:taken-over; the second: 200 with the next message, the end';
const MADE_AGAIN =
  'with the cursor: while forgotten; without: 404, application/problem+json and urn:on-the-wire:unknown-reader';

testWrongServer(claims, wrongLongPollingServer, {
  'answers at once': {
    held: ['an empty answer after 1000 ms, not before', /^0 messages after \d{1,3} ms$/],
    'at-once': [AT_ONCE, 'answered before there was anything to say, with: –'],
    'taken-over': [TAKEN_OVER, 'the first: 200, application/json, –; the second: 200 with the end'],
  },
  'holds for 20 s, whatever is asked for': {
    held: ['an answer to a question with wait=1', 'none after 4 s'],
  },
  'sleeps through a message': { 'at-once': [AT_ONCE, /^now after [3-5]\d{3} ms$/] },
  'gives a new reader all that was ever said': {
    'from-now-on': [
      'after two messages, of which one came before the reader: after',
      'before, after',
    ],
  },
  'forgets what is said between two questions': {
    'from-now-on': ['after two messages, of which one came before the reader: after', '–'],
    'no-gap': ['3 messages said between two questions, all in the answer to the next', '–'],
    'each-once': [EACH, /^\d+ received: [1-9]\d* missing, 0 repeated, 0 that nobody posted/],
  },
  'loses every tenth message': {
    'each-once': [
      EACH,
      '18 received: 2 missing, 0 repeated, 0 that nobody posted; ids that differ: 18',
    ],
  },
  'sends every message twice': {
    'each-once': [
      EACH,
      '40 received: 0 missing, 20 repeated, 0 that nobody posted; ids that differ: 20',
    ],
  },
  'gives every message the same id': {
    'each-once': [
      EACH,
      '20 received: 0 missing, 0 repeated, 0 that nobody posted; ids that differ: 1',
    ],
  },
  'gives every second reader another order': {
    'each-once': [EACH, 'each once, but in another order for another reader'],
  },
  'forgets a message as soon as it is sent': {
    'sent-again': [
      AGAIN,
      'first: important; again: –; with the cursor: –; without it after that: –',
    ],
  },
  'never takes a message for received': {
    'no-gap': [/^3 messages/, 'first, in the gap 1, in the gap 2, in the gap 3'],
    'sent-again': [
      AGAIN,
      'first: important; again: important; with the cursor: important; without it after that: important',
    ],
  },
  'believes a cursor only while it is there': {
    'sent-again': [
      AGAIN,
      'first: important; again: important; with the cursor: –; without it after that: important',
    ],
  },
  'lets both questions stand': {
    'taken-over': [TAKEN_OVER, 'the first: 200, application/json, –; the second: 200 with the end'],
  },
  'refuses the second question': {
    'taken-over': [TAKEN_OVER, 'the first: 200, application/json, –; the second: 409 with –'],
  },
  'ends the first question with an empty answer': {
    'taken-over': [TAKEN_OVER, 'the first: 200, application/json, –; the second: 200 with the end'],
  },
  'refuses in plain text': {
    'taken-over': [
      TAKEN_OVER,
      'the first: 409, text/plain, urn:on-the-wire:taken-over; the second: 200 with the end',
    ],
    'made-again': [
      MADE_AGAIN,
      'with: while forgotten; without: 404, text/plain, urn:on-the-wire:unknown-reader',
    ],
  },
  'makes a reader for whoever asks': {
    'made-again': [MADE_AGAIN, 'with: while forgotten; without: 200, application/json, –'],
  },
  'starts a forgotten reader from now': {
    'made-again': [
      MADE_AGAIN,
      'with: –; without: 404, application/problem+json, urn:on-the-wire:unknown-reader',
    ],
  },
  'cannot forget a reader': { 'made-again': ['DELETE answered with 204', /^405: /] },
});
