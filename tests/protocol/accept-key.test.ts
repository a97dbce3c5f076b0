import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acceptKey, base64, sha1, WEBSOCKET_GUID } from '../../src/protocol/accept-key.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('the key of RFC 6455 §1.3 has the answer that stands there', () => {
  expect(acceptKey('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});

test('every key has the answer that node:crypto gives', () => {
  const key = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => base64(bytes));
  fc.assert(
    fc.property(fc.oneof(key, fc.string({ unit: 'binary' })), (value) => {
      const hash = createHash('sha1').update(value.toWellFormed() + WEBSOCKET_GUID);
      expect(acceptKey(value)).toBe(hash.digest('base64'));
    }),
  );
});

test.each([
  ['', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
  ['abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '84983e441c3bd26ebaae4aa1f95129e5e54670f1',
  ],
])('SHA-1 of %j is what FIPS 180 and RFC 3174 say', (text, digest) => {
  expect(hex(sha1(new TextEncoder().encode(text)))).toBe(digest);
});

test('SHA-1 is right at every length around the ends of its blocks', () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = new Uint8Array(length).fill(0xb5);
    expect(hex(sha1(bytes))).toBe(createHash('sha1').update(bytes).digest('hex'));
  }
});

test('SHA-1 of random bytes is what node:crypto gives, and leaves them as they were', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const before = hex(bytes);
      expect(hex(sha1(bytes))).toBe(createHash('sha1').update(bytes).digest('hex'));
      expect(hex(bytes)).toBe(before);
    }),
  );
});

test('SHA-1 of a part of a buffer is of that part alone', () => {
  const part = new Uint8Array(300).map((_, index) => index).subarray(7, 107);
  expect(hex(sha1(part))).toBe(createHash('sha1').update(part).digest('hex'));
});
