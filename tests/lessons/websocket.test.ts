import { claims } from '../../src/lessons/websocket/claims.ts';
import { testClaims, testWrongServer } from '../support/claims.ts';
import { wrongWebSocketServer } from '../support/wrong-websocket-server.ts';

testClaims('websocket', claims);

const REPLIES = '5 texts, 5 times “不要回复不要回复不要回复”';
const TOO_LARGE = '65,536 bytes answered, 65,538 closed with 1009';
const EMPTY = 'an empty text and one more: 1 reply';
const NOWHERE = '/live/websocket/nowhere/: never open; closed with 1006';
const UNCLEAN =
  '1006, but not cleanly: the TCP connection ended before both had said that it is over';
const OPEN = 'still open after 3 s; what came: –';

testWrongServer(claims, wrongWebSocketServer, {
  'says another sentence': {
    replies: [REPLIES, '0 times, and 5 times something else, first: 请回复'],
  },
  'replies twice': { replies: [REPLIES, '10 times'], empty: [EMPTY, '2 replies'] },
  'replies in bytes': {
    replies: [REPLIES, '0 times, and 5 times something else, first: ArrayBuffer(36)'],
  },
  'never replies': {
    replies: [REPLIES, '0 times'],
    'too-large': [TOO_LARGE, 'no reply to 65,536 bytes'],
    empty: [EMPTY, '0 replies'],
  },
  'replies to an empty text': { empty: [EMPTY, '2 replies'] },
  'closes on an empty text': { empty: [EMPTY, 'closed with 1007; before that came: –'] },
  'always closes with 1000': {
    'close-code': ['4321, cleanly', '1000, cleanly'],
    'no-code': ['1005, cleanly', '1000, cleanly'],
    binary: ['1003, cleanly', '1000, cleanly'],
    'too-large': [TOO_LARGE, '65,538 bytes closed with 1000'],
  },
  'closes with 1000 where it was told no code': {
    'no-code': ['1005, cleanly', '1000, cleanly'],
  },
  'never closes': {
    // A client may give up by itself.
    'close-code': ['4321, cleanly', /^(still open after 3 s|1006, but not cleanly)/],
    'no-code': ['1005, cleanly', /^(still open after 3 s|1006, but not cleanly)/],
    binary: ['1003, cleanly', OPEN],
    'too-large': [TOO_LARGE, /^still open after 3 s; what came: 不要回复不要回复不要回复$/],
  },
  'drops the TCP connection': {
    'close-code': ['4321, cleanly', UNCLEAN],
    'no-code': ['1005, cleanly', UNCLEAN],
    binary: ['1003, cleanly', UNCLEAN],
    'too-large': [TOO_LARGE, '65,538 bytes closed with 1006'],
  },
  'replies to bytes': {
    binary: ['1003, cleanly', 'still open after 3 s; what came: 不要回复不要回复不要回复'],
  },
  'takes all that fits into memory': { 'too-large': [TOO_LARGE, /^still open after 3 s/] },
  'takes 64 KiB of characters': { 'too-large': [TOO_LARGE, /^still open after 3 s/] },
  'takes 1 KiB': { 'too-large': [TOO_LARGE, 'closed with 1009; before that came: –'] },
  'opens at any path': { 'unknown-path': [NOWHERE, 'it opened'] },
  'opens at a longer path': {
    'unknown-path': [/^\/live\/websocket\/room\/\w+\/nowhere\/: never open/, 'it opened'],
  },
  'opens at any path and then closes': { 'unknown-path': [NOWHERE, 'it opened'] },
  'says nothing at an unknown path': {
    'unknown-path': [NOWHERE, 'neither open nor closed after 3 s'],
  },
  'is no WebSocket server': {
    replies: [
      /^an open WebSocket at \/live\/websocket\/room\/\w+\/$/,
      'closed with 1006 before it was open',
    ],
    'unknown-path': [
      /^an open WebSocket at \/live\/websocket\/room\/\w+\/$/,
      'closed with 1006 before it was open',
    ],
  },
});
