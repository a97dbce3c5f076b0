import { claims } from '../../src/lessons/channel-layer/claims.ts';
import { testClaims, testWrongServer } from '../support/claims.ts';
import { wrongChannelLayerServer } from '../support/wrong-channel-layer-server.ts';

testClaims('channel-layer', claims);

const EACH = '21 messages, each once, in the same order for three';
const MISSED = 'missed 1, missed 2, live 1, live 2, live 3, the end';
const STAMPED = /^an id other than “mine”, and “at” about \d{13}$/;
const MALFORMED = 'urn:on-the-wire:malformed';
const NO_JSON = `no JSON at all: ${MALFORMED}, and then a message as usual`;
const NONSENSE = `no JSON at all, {"sender":"Bob"}, {"sender":"Bob","text":""}, []: ${MALFORMED}, and then a message as usual`;
const ACROSS = '20 messages, each once, in the same order at two processes';
const ANYWHERE = 'at the other process: missed 1, missed 2, live';
const TYPE = 'the text “an ordinary message” as an ordinary message';

testWrongServer(claims, wrongChannelLayerServer, {
  'mixes up its groups': { 'groups-apart': ['in the other group: there', 'here, there'] },
  'tells the sender first': {
    'each-once': [EACH, 'each once, but in another order for another reader'],
  },
  'loses every tenth message': {
    'each-once': [EACH, /^19 received: 2 missing, 0 repeated, 0 that nobody sent/],
  },
  'sends every message twice': {
    'each-once': [
      EACH,
      '42 received: 0 missing, 21 repeated, 0 that nobody sent; ids that differ: 21',
    ],
    'missed-first': [MISSED, /^missed 1, missed 1, missed 2, missed 2, live 1, live 1/],
  },
  'gives every message the same id': {
    'each-once': [
      EACH,
      '21 received: 0 missing, 0 repeated, 0 that nobody sent; ids that differ: 1',
    ],
  },
  'gives numbers for ids': {
    stamped: [
      'messages as the contract says',
      /^"id" must be a non-empty string\. The answer began: {"id":1,/,
    ],
  },
  'leaves out the sender': {
    'each-once': [EACH, 'one who spoke did not hear its own message'],
    'live-only': ['I am here, after', 'after'],
    'missed-first': [MISSED, '–'],
  },
  'takes the client’s id': { stamped: [STAMPED, /^id “mine”, at \d{13}$/] },
  'takes the client’s time': { stamped: [STAMPED, 'id “1”, at 1'] },
  'counts seconds': { stamped: [STAMPED, /^id “1”, at \d{10}$/] },
  'says nothing to nonsense': { 'problem-and-open': [NO_JSON, '–'] },
  'closes on nonsense': {
    'problem-and-open': [NO_JSON, 'closed with 1003; before that came: –'],
  },
  'refuses nonsense in its own way': {
    'problem-and-open': [NO_JSON, '{"error":"nonsense"}'],
  },
  'takes an empty text': {
    'problem-and-open': [
      `{"sender":"Bob","text":""}: ${MALFORMED}, and then a message as usual`,
      /^{"id":"1","sender":"Bob","text":"",/,
    ],
  },
  'is silent after nonsense': {
    'problem-and-open': [NONSENSE, `${MALFORMED} each time, and then: –`],
  },
  'lets the client’s type choose': {
    'type-is-ours': [TYPE, 'closed with 1005; before that came: –'],
  },
  'takes a type for nonsense': {
    'type-is-ours': [TYPE, /^{"problem":{"type":"urn:on-the-wire:malformed"/],
  },
  'replays nothing': { 'missed-first': [MISSED, 'live 1, live 2, live 3, the end'] },
  'replays the whole log': { 'missed-first': [MISSED, `heard, ${MISSED}`] },
  'replays everything twice': { 'missed-first': [MISSED, `missed 1, missed 2, ${MISSED}`] },
  'replays when it has listened for a while': {
    'missed-first': [MISSED, 'live 1, live 2, live 3, the end'],
  },
  'listens when it has replayed for a while': {
    'missed-first': [MISSED, 'missed 1, missed 2'],
  },
  'tells its second process nothing': {
    'across-processes': [ACROSS, /^1\d received: \d+ missing/],
    'cursor-anywhere': [ANYWHERE, 'at the other process: missed 1, missed 2'],
  },
  'has a log in each process': {
    'across-processes': [ACROSS, /^1\d received: \d+ missing/],
    'cursor-anywhere': [ANYWHERE, 'at the other process: –'],
  },
  'sends the log to everyone': { 'live-only': ['I am here, after', 'before, I am here, after'] },
});
