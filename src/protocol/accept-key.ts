// #region accept
/** What RFC 6455 §1.3 chose because no server would send it without having read that document. */
export const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key`, RFC 6455 §4.2.2: base64 of the
 * SHA-1 of the key, as it was sent and without spaces around it, and the GUID. It proves that the
 * server speaks WebSocket and read this request. It keeps no secret.
 */
export function acceptKey(key: string): string {
  return base64(sha1(new TextEncoder().encode(key + WEBSOCKET_GUID)));
}
// #endregion

export const base64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

/**
 * SHA-1, FIPS 180-4 §6.1 and RFC 3174. It is written out because a page over plain http has no
 * `crypto.subtle`. It serves here to show that the protocol was understood, which collisions do
 * not spoil. Never use it for security.
 */
export function sha1(message: Uint8Array): Uint8Array {
  let [h0, h1, h2, h3, h4] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  const padded = pad(message);
  for (let block = 0; block < padded.byteLength; block += 64) {
    let [a, b, c, d, e] = [h0, h1, h2, h3, h4];
    for (const [t, word] of schedule(padded, block).entries()) {
      const next = rotateLeft(a, 5) + mix(t, b, c, d) + e + word;
      // `| 0` keeps the low 32 bits: all sums are modulo 2 ** 32.
      [a, b, c, d, e] = [next | 0, a, rotateLeft(b, 30), c, d];
    }
    [h0, h1, h2, h3, h4] = [(h0 + a) | 0, (h1 + b) | 0, (h2 + c) | 0, (h3 + d) | 0, (h4 + e) | 0];
  }
  const digest = new DataView(new ArrayBuffer(20));
  for (const [index, word] of [h0, h1, h2, h3, h4].entries()) digest.setInt32(index * 4, word);
  return new Uint8Array(digest.buffer);
}

/** The message, a bit 1, bits 0 to the last 8 bytes of a block of 64, and there the length in bits. */
function pad(message: Uint8Array): DataView {
  const blocks = Math.ceil((message.length + 1 + 8) / 64);
  const padded = new Uint8Array(blocks * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(message.length) * 8n);
  return view;
}

/** The 16 words of a block, and 64 more made from them: one for each round. */
function schedule(padded: DataView, block: number): Int32Array {
  const words = new Int32Array(80);
  for (let t = 0; t < 16; t++) words[t] = padded.getInt32(block + t * 4);
  const before = (t: number): number => words[t] ?? 0;
  for (let t = 16; t < 80; t++)
    words[t] = rotateLeft(before(t - 3) ^ before(t - 8) ^ before(t - 14) ^ before(t - 16), 1);
  return words;
}

/** The function and constant of round `t`: choose, parity, majority, parity, for 20 rounds each. */
function mix(t: number, b: number, c: number, d: number): number {
  if (t < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (t < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

const rotateLeft = (word: number, by: number): number => (word << by) | (word >>> (32 - by));
