import { claims } from '../../src/lessons/connection-list/claims.ts';
import { testClaims, testWrongServer } from '../support/claims.ts';
import { wrongConnectionListServer } from '../support/wrong-connection-list-server.ts';

testClaims('connection-list', claims);

const ALL = 'hello ✓, and bye ✓ at each of 3 connections';
const LEAK = '“said in the kitchen ✓” in the room where nobody said it';
const APART = 'in the other list: there ✓';
const CLOSE = '1000 here; at the other: still here ✓';
const GONE =
  'after one of three left, and later another came, at the two others: who is left? ✓, who is new? ✓';
const SHORT = /^“from \w+ ✓” at the other connection$/;

testWrongServer(claims, wrongConnectionListServer, {
  'leaves out the sender': {
    'all-hear': [ALL, '[–] [hello ✓, and bye ✓] [hello ✓, and bye ✓]'],
  },
  'adds no mark': {
    'all-hear': [ALL, '[hello, and bye] [hello, and bye] [hello, and bye]'],
    'rooms-leak': [LEAK, 'said in the kitchen'],
    'notes-address': [SHORT, /^from \w+$/],
  },
  'sends every message twice': {
    'all-hear': [ALL, /^\[hello ✓, hello ✓, and bye ✓, and bye ✓\]/],
  },
  'sends bytes': { 'all-hear': [ALL, /^\[ArrayBuffer\(9\), ArrayBuffer\(11\)\]/] },
  'keeps its rooms apart': { 'rooms-leak': [LEAK, '–'], 'notes-address': [SHORT, '–'] },
  'has one list for all': { 'lists-apart': [APART, 'here ✓, there ✓'] },
  'says “close” aloud': {
    close: [CLOSE, 'still open here after 3 s; at the other: close ✓, still here ✓'],
  },
  'says “close” aloud, and closes': {
    close: [CLOSE, '1000 here; at the other: close ✓, still here ✓'],
  },
  'ignores “close”': {
    close: [CLOSE, 'still open here after 3 s; at the other: still here ✓'],
  },
  'closes with 1001': { close: [CLOSE, '1001 here; at the other: still here ✓'] },
  'walks its list while it shrinks': {
    gone: [GONE, '[who is left? ✓, who is new? ✓] [who is new? ✓]'],
  },
  'keeps the gone, and fails on them': {
    gone: [GONE, '[who is left? ✓, who is new? ✓] [–]'],
  },
  'takes one too many off its list': {
    gone: [GONE, /^\[who is left\? ✓, who is new\? ✓\] \[(who is left\? ✓|–)\]$/],
  },
  'has no short address': {
    'notes-address': [
      /^an open WebSocket at \/room\/\w+\/$/,
      'closed with 1006 before it was open',
    ],
  },
  'has a list for each room at the short address': { 'notes-address': [SHORT, '–'] },
  'has one list for both its processes': {
    'processes-apart': [
      'at one process “said here ✓”, at the other “said there ✓”',
      /at the other “said here ✓, said there ✓”$/,
    ],
  },
});
