import fc from 'fast-check';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { curlFor } from '../../src/protocol/curl.ts';
import { acceptSteps } from '../../src/protocol/handshake.ts';
import { exchangeBytes } from '../support/raw-http.ts';
import { listening } from '../support/tapped.ts';

const utf8 = (words: string) => new TextEncoder().encode(words);
const curl = (request: string) => curlFor(utf8(request), 'http://127.0.0.1:8000');
const sh = (line: string) => promisify(execFile)('sh', ['-c', line]);

/** A request line, headers and a body, as they cross the wire. */
const requestOf = (line: string, headers: readonly string[], body = '') =>
  [`${line} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close', ...headers, '', body].join('\r\n');

interface Arrived {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What of the headers a repeated request need not have the same. */
const OWN = ['host', 'connection', 'user-agent', 'content-length'];

/** What a request makes arrive at a server of node:http, sent as it is, and sent by its curl line. */
async function repeated() {
  const arrived: Arrived[] = [];
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    for (const name of OWN) delete headers[name];
    if (headers.accept === '*/*') delete headers.accept;
    void text(request).then((body) => {
      arrived.push({ method, url, headers, body });
      response.end('heard');
    });
  });
  const port = await listening(server);
  return async (request: string) => {
    arrived.length = 0;
    await exchangeBytes(port, utf8(request));
    const line = curlFor(utf8(request), `http://127.0.0.1:${port}`);
    expect(line).toBeDefined();
    await sh(`${line} --silent --max-time 10`);
    expect(arrived).toHaveLength(2);
    return arrived;
  };
}

const HOSTILE = [
  ...[
    `'`,
    `''`,
    '"',
    '\\',
    '$HOME',
    '`id`',
    '$(id)',
    '\n',
    '\r\n',
    '\t',
    '中文',
    '🙂',
    '!!',
    '&',
    ';',
  ],
  ...[
    '|',
    '#',
    '%41',
    '*',
    '?',
    '~',
    ' ',
    '@',
    '@/etc/passwd',
    '--',
    '-x',
    '{a,b}',
    '[1-3]',
    '\x01',
  ],
];

test('what a curl line sends is what was captured, whatever the body', async () => {
  const send = await repeated();
  const body = fc
    .array(fc.constantFrom(...HOSTILE), { minLength: 1, maxLength: 8 })
    .map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(body, fc.boolean(), async (words, typed) => {
      const headers = [`Content-Length: ${utf8(words).length}`];
      if (typed) headers.push('Content-Type: application/json');
      const [sent, again] = await send(requestOf('POST /live/x', headers, words));
      expect(again).toEqual(sent);
      expect(again?.body).toBe(words);
    }),
    {
      numRuns: HOSTILE.length + 20,
      examples: [
        [HOSTILE.join(''), true],
        ...HOSTILE.map((words): [string, boolean] => [words, false]),
      ],
    },
  );
}, 60_000);

test.each([
  ['a GET', requestOf('GET /live/x?after=1&wait=2', [])],
  ['another method', requestOf('DELETE /live/x', [])],
  ['a POST without a body', requestOf('POST /live/x', ['Content-Length: 0'])],
  ['a GET with a body', requestOf('GET /live/x', ['Content-Length: 2'], 'hi')],
  ['a HEAD', requestOf('HEAD /live/x', [])],
  ['a method that a shell would run', requestOf('M-SEARCH /', [])],
  ['braces, brackets and quotes in a target', requestOf("GET /a{b,c}/[1-3]?q='$(id)`&x=;|", [])],
  ['dots in a path', requestOf('GET /a/../b/./c', [])],
  ['a target that is no path', requestOf('OPTIONS *', [])],
  ['a fragment in a target', requestOf('GET /a#b', [])],
  ['a header with quotes', requestOf('GET /', [`X-Say: it's "$HOME" \`id\` 中文`, 'X-At: @file'])],
  ['an empty header', requestOf('GET /', ['Last-Event-ID:', 'X-Other: '])],
  ['an event stream', requestOf('GET /', ['Accept: text/event-stream', 'Last-Event-ID: e-7'])],
  ['who asks', requestOf('GET /', ['Origin: http://a.example', 'Cookie: a=b; c="d"'])],
])('%s arrives again as it was', async (_name, request) => {
  const [sent, again] = await (await repeated())(request);
  expect(again).toEqual(sent);
});

test('what a browser, curl or the connection adds is left out', () => {
  const added = [
    ...['User-Agent: Mozilla', 'Accept: */*', 'Accept-Encoding: gzip', 'Accept-Language: zh'],
    ...['Sec-Fetch-Mode: cors', 'Sec-Fetch-Site: none', 'Sec-CH-UA: "x"', 'Sec-CH-UA-Mobile: ?0'],
    ...['Referer: http://a/', 'Cache-Control: no-store', 'Pragma: no-cache', 'DNT: 1', 'TE: x'],
    ...['Content-Length: 2', 'Keep-Alive: x', 'Priority: u=1', 'Upgrade-Insecure-Requests: 1'],
  ];
  const request = requestOf('POST /a', [...added, 'Content-Type: text/plain'], `it's`);
  expect(curl(request)).toBe(
    `curl -H 'Content-Type: text/plain' --data-raw 'it'\\''s' 'http://127.0.0.1:8000/a'`,
  );
  expect(curl(requestOf('GET /a', ['accept: text/event-stream']))).toBe(
    `curl --no-buffer -H 'accept: text/event-stream' 'http://127.0.0.1:8000/a'`,
  );
  expect(curl(requestOf('HEAD /a', []))).toBe(`curl --head 'http://127.0.0.1:8000/a'`);
  expect(curl(requestOf("`A'` /a", []))).toBe(`curl -X '\`A'\\''\`' 'http://127.0.0.1:8000/a'`);
});

test('the curl line of a handshake makes it, and ws answers', async () => {
  const request = requestOf('GET /room/?as=x', [
    ...['Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
    ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Extensions: permessage-deflate'],
    ...['Origin: http://127.0.0.1:8000', 'Sec-Fetch-Mode: websocket'],
  ]);
  expect(curl(request)).toBe(
    `curl --http1.1 -i -N --max-time 2 -H 'Connection: Upgrade' -H 'Upgrade: websocket' ` +
      `-H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' -H 'Sec-WebSocket-Version: 13' ` +
      `-H 'Origin: http://127.0.0.1:8000' 'http://127.0.0.1:8000/room/?as=x'`,
  );
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  await once(server, 'listening');
  server.on('connection', (socket) => {
    socket.send('hello');
    socket.terminate(); // after the frame was written; curl need not wait out its time
  });
  const line = curlFor(utf8(request), `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const { stdout } = await sh(`${line} --silent || true`);
  expect(acceptSteps(utf8(request), utf8(stdout))?.equal).toBe(true);
  expect(stdout.slice(stdout.indexOf('\r\n\r\n') + 4)).toContain('hello');
});

test('what a command line cannot say, or what is not whole, has none', () => {
  const request = utf8(requestOf('POST /', ['Content-Length: 3'], '中'));
  const whole = curlFor(request, 'http://a');
  expect(whole).toBe(`curl -H 'Content-Type:' --data-raw '中' 'http://a/'`);
  expect(curlFor(request, 'http://a', request.length + 1)).toBeUndefined();
  expect(curlFor(request.subarray(0, -1), 'http://a')).toBeUndefined();
  expect(curl(requestOf('POST /', [], 'a\0b'))).toBeUndefined();
  expect(curl(requestOf('POST /', ['Transfer-Encoding: chunked'], '0\r\n\r\n'))).toBeUndefined();
  expect(curl('GET / HTTP/1.1\r\nHost: a\r\n')).toBeUndefined();
  expect(curl('HTTP/1.1 200 OK\r\n\r\n')).toBeUndefined();
});
