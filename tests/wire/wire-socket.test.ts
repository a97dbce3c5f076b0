import { describe, expect, test } from 'vitest';
import { openPlain, request } from './plain-client.ts';
import { bytesOf, KINDS, serveWire, sha256 } from './wire-server.ts';

/** The body of the last response, which has a length. */
const bodyOf = (text: string) => text.slice(text.lastIndexOf('\r\n\r\n') + 4);

describe.each(KINDS)('through a %s', (kind) => {
  test('one connection carries many exchanges, one after the other', async () => {
    const { port, told } = await serveWire({ kind });
    const client = openPlain(port);
    for (const path of ['/hello?1', '/hello?2', '/hello?3']) {
      client.write(request(`GET ${path}`));
      await expect.poll(() => client.text().split('hello').length - 1).toBe(Number(path.at(-1)));
    }
    client.socket.end();
    expect(await client.closes()).toBe('FIN');
    await expect.poll(() => told.at(-1)).toBe('socket closed');
    expect(told).toEqual([
      ...['1', '2', '3'].flatMap((n) => [`GET /hello?${n}`, 'response sent']),
      'socket closed',
    ]);
  });

  test('requests that come in one piece are answered in their order', async () => {
    const { port } = await serveWire({ kind });
    const client = openPlain(port);
    client.write(
      request('GET /bytes/3000') +
        request('GET /hello') +
        request('HEAD /hello') +
        request('GET /x'),
    );
    const text = await client.gets('Cannot GET /x');
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual([
      'HTTP/1.1 200',
      'HTTP/1.1 200',
      'HTTP/1.1 200',
      'HTTP/1.1 404',
    ]);
    expect(client.bytes().includes(bytesOf(3_000))).toBe(true);
    expect(text.match(/hello/g)).toHaveLength(1); // HEAD has no body
    expect(text.match(/Content-Length: 5\r\n/g)).toHaveLength(2);
  });

  test('a request whose head comes byte by byte is one', async () => {
    const { port, sockets } = await serveWire({ kind });
    const client = openPlain(port);
    for (const byte of request('GET /hello')) client.write(byte);
    await client.gets('hello');
    expect(sockets).toHaveLength(1);
  });

  test('“Expect: 100-continue” is answered before the body comes', async () => {
    const { port } = await serveWire({ kind });
    const client = openPlain(port);
    client.write(request('POST /digest', { Expect: '100-continue', 'Content-Length': '4' }));
    await client.gets('HTTP/1.1 100 Continue\r\n\r\n');
    client.write('body');
    expect(await client.gets(sha256(Buffer.from('body')))).toContain('"length":4');
  });

  test('1 MiB goes up in chunks, and 1 MiB comes down, unchanged', async () => {
    const { port } = await serveWire({ kind });
    const client = openPlain(port);
    const bytes = bytesOf(1_048_576);
    client.write(request('POST /digest', { 'Transfer-Encoding': 'chunked' }));
    for (let at = 0; at < bytes.length; at += 65_536)
      client.write(Buffer.concat([Buffer.from('10000\r\n'), bytes.subarray(at, at + 65_536), EOL]));
    client.write('0\r\n\r\n');
    expect(JSON.parse(bodyOf(await client.gets('"}')))).toEqual({
      length: 1_048_576,
      sha256: sha256(bytes),
    });
    const before = client.bytes().length;
    client.write(request('GET /bytes/1048576'));
    await client.has(before + 1_048_576);
    await expect.poll(() => client.bytes().subarray(-1_048_576).equals(bytes)).toBe(true);
  });

  test('a head and a body that the server writes together leave in one piece', async () => {
    const { port } = await serveWire({ kind });
    const client = openPlain(port);
    const pieces: number[] = [];
    client.socket.on('data', ({ length }) => pieces.push(length));
    client.write(request('GET /hello'));
    await client.gets('hello');
    expect(pieces).toHaveLength(1);
  });

  test('“Connection: close” ends it with a FIN after the last byte', async () => {
    const { port, told } = await serveWire({ kind });
    const client = openPlain(port);
    client.write(request('GET /bytes/300000', { Connection: 'close' }));
    await client.ends();
    expect(client.bytes().subarray(-300_000).equals(bytesOf(300_000))).toBe(true);
    client.socket.end();
    expect(await client.closes()).toBe('FIN');
    await expect.poll(() => told).toEqual(['GET /bytes/300000', 'response sent', 'socket closed']);
  });

  test('a client that has said all still gets its answer', async () => {
    const { port, sockets, streams, told } = await serveWire({
      kind,
      prepare: (server) => Object.assign(server, { httpAllowHalfOpen: true }),
    });
    const client = openPlain(port);
    client.socket.end(request('GET /never'));
    await expect.poll(() => sockets[0]?.readableEnded).toBe(true);
    streams[0]?.end('late');
    expect(await client.gets('late')).toContain('200 OK');
    expect(await client.closes()).toBe('FIN');
    await expect.poll(() => told.at(-1)).toBe('socket closed');
  });

  test('a client that says no more before it has asked is given an end', async () => {
    const { port } = await serveWire({ kind });
    const client = openPlain(port);
    client.socket.end();
    expect(await client.closes()).toBe('FIN');
  });
});

const EOL = Buffer.from('\r\n');
