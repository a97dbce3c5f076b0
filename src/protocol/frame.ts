import { bad, good, type Parsed } from './parse.ts';

/** What a frame is for, RFC 6455 §5.2. Those from 8 on are control frames: short and in one piece. */
export const OPCODES = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

export type Opcode = (typeof OPCODES)[keyof typeof OPCODES];

/** What a frame is made of. */
export interface FrameParts {
  /** Whether the message ends with this frame. */
  fin: boolean;
  opcode: Opcode;
  payload: Uint8Array;
  /** 4 bytes that nobody could guess: a client must mask, a server must not (§5.3). */
  mask?: Uint8Array;
}

/** What a frame says before its payload. */
export interface FrameHead {
  fin: boolean;
  /** The three reserved bits: 4, 2 and 1 for RSV1 to RSV3. Not 0 only if an extension was agreed on. */
  rsv: number;
  opcode: Opcode;
  masked: boolean;
  maskKey?: Uint8Array;
  payloadLength: number;
  headerLength: number;
  /** Where the next frame begins. */
  frameLength: number;
}

/** A frame as it was read. */
export interface Frame extends FrameHead {
  /** A copy, unmasked. */
  payload: Uint8Array;
}

/** The bytes from `from` up to, not including, `to`. `first-byte` is FIN, RSV and opcode; `length` MASK and 7 bits. */
export interface FrameField {
  name: 'first-byte' | 'length' | 'extended-length' | 'mask-key' | 'payload';
  from: number;
  to: number;
}

const LONGEST_CONTROL = 125;
const isOpcode = (code: number): code is Opcode =>
  Object.values(OPCODES).some((opcode) => opcode === code);
const isControl = (opcode: Opcode): boolean => opcode >= 8;
const view = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** One frame, RFC 6455 §5.2, its length in the fewest bytes and its reserved bits 0. */
export function encodeFrame({ fin, opcode, payload, mask }: FrameParts): Uint8Array {
  if (!isOpcode(opcode))
    throw new RangeError(`There is no opcode ${String(opcode)}: use one of OPCODES.`);
  if (isControl(opcode) && !(fin && payload.length <= LONGEST_CONTROL))
    throw new RangeError('A control frame cannot be split: set fin, and at most 125 bytes.');
  if (mask && mask.length !== 4) throw new RangeError('A mask has 4 bytes: give so many or none.');
  const extended = payload.length <= 125 ? 0 : payload.length <= 0xffff ? 2 : 8;
  const frame = new Uint8Array(2 + extended + (mask?.length ?? 0) + payload.length);
  const length = extended === 0 ? payload.length : extended === 2 ? 126 : 127;
  frame.set([(fin ? 0x80 : 0) | opcode, (mask ? 0x80 : 0) | length]);
  if (extended === 2) view(frame).setUint16(2, payload.length);
  if (extended === 8) view(frame).setBigUint64(2, BigInt(payload.length));
  if (mask) frame.set(mask, 2 + extended);
  frame.set(mask ? applyMask(payload, mask) : payload, frame.length - payload.length);
  return frame;
}

/** Reads the frame at the start of `bytes`, which may go on after it; all of it must be there. */
export function decodeFrame(bytes: Uint8Array): Parsed<Frame> {
  const head = decodeFrameHead(bytes);
  if (!head.ok) return head;
  const { headerLength, frameLength, maskKey } = head.value;
  const here = bytes.length - headerLength;
  if (bytes.length < frameLength)
    return bad(`This frame’s payload has ${claimedLength(bytes)} bytes; only ${here} are here.`);
  const payload = bytes.slice(headerLength, frameLength);
  return good({ ...head.value, payload: maskKey ? applyMask(payload, maskKey) : payload });
}

/** Reads what stands before the payload, of which nothing need be there. Rounds lengths over 2 ** 53. */
export function decodeFrameHead(bytes: Uint8Array): Parsed<FrameHead> {
  const [first = 0, second = 0] = bytes;
  if (bytes.length < 2) return bad('A frame has at least 2 bytes; the rest is still to come.');
  const opcode = first & 0x0f;
  if (!isOpcode(opcode)) return bad(`The opcode ${opcode} is reserved; nobody may send it.`);
  const fin = (first & 0x80) !== 0;
  const length = second & 0x7f;
  if (isControl(opcode) && !fin) return bad('A control frame must not be fragmented.');
  if (isControl(opcode) && length > LONGEST_CONTROL)
    return bad('A control frame’s payload must have at most 125 bytes.');
  const masked = (second & 0x80) !== 0;
  const headerLength = 2 + extendedBytes(length) + (masked ? 4 : 0);
  if (bytes.length < headerLength)
    return bad(`This frame’s header has ${headerLength} bytes; only ${bytes.length} are here.`);
  const claimed = claimedLength(bytes);
  if (length > 125 && claimed <= (length === 127 ? 0xffff : 125))
    return bad('The payload’s length must be written in the fewest bytes that hold it.');
  if (claimed >= 2n ** 63n) return bad('The first bit of a 64-bit length must be 0.');
  const payloadLength = Number(claimed);
  const frameLength = headerLength + payloadLength;
  const rsv = (first >> 4) & 0x07;
  const head = { fin, rsv, opcode, masked, payloadLength, headerLength, frameLength };
  return good(masked ? { ...head, maskKey: bytes.slice(headerLength - 4, headerLength) } : head);
}

const extendedBytes = (length: number): number => (length === 126 ? 2 : length === 127 ? 8 : 0);

/** The payload's length, exactly, of a frame whose header is there. */
function claimedLength(bytes: Uint8Array): number | bigint {
  const length = (bytes[1] ?? 0) & 0x7f;
  if (length === 127) return view(bytes).getBigUint64(2);
  return length === 126 ? view(bytes).getUint16(2) : length;
}

/** Which bytes of the frame at the start of `bytes` are what, in order and without gaps; no empty ones. */
export function frameFields(bytes: Uint8Array): Parsed<readonly FrameField[]> {
  const frame = decodeFrame(bytes);
  return frame.ok ? good(fieldsOfFrame(frame.value, frame.value.frameLength)) : frame;
}

/** The same for a frame of which only the head is known to be there, and `until` where its bytes end. */
export function fieldsOfFrame(
  { masked, headerLength, frameLength }: FrameHead,
  until: number,
): readonly FrameField[] {
  const keyFrom = headerLength - (masked ? 4 : 0);
  const fields: FrameField[] = [
    { name: 'first-byte', from: 0, to: 1 },
    { name: 'length', from: 1, to: 2 },
    { name: 'extended-length', from: 2, to: keyFrom },
    { name: 'mask-key', from: keyFrom, to: headerLength },
    { name: 'payload', from: headerLength, to: Math.min(frameLength, until) },
  ];
  return fields.filter(({ from, to }) => from < to);
}

/** XOR with the key, over and over, §5.3. Twice gives back what was. */
export const applyMask = (bytes: Uint8Array, key: Uint8Array): Uint8Array =>
  bytes.map((byte, index) => byte ^ (key[index % 4] ?? 0));

/** Why a WebSocket was closed. */
export interface CloseReason {
  code: number;
  reason: string;
}

/** What a Close frame without a payload means; never sent itself (RFC 6455 §7.1.5). */
export const NO_CODE = 1005;

const LONGEST_REASON = 123;

/**
 * The codes that may be sent, §7.4: 1004 has no meaning, 1005, 1006 and 1015 say what happened
 * without one, 1012 to 1014 came after the RFC, into its register at IANA, and from 3000 on
 * libraries and applications have their own.
 */
const maySend = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) ||
  (code >= 3000 && code <= 4999);

/** A Close frame's payload, §5.5.1: the code in 2 bytes, then the reason. */
export function closePayload(code: number, reason = ''): Uint8Array {
  if (!Number.isInteger(code) || !maySend(code))
    throw new RangeError(
      `The close code ${code} cannot be sent: use 1000, another that RFC 6455 §7.4 allows, 3000 to 4999, or an empty payload.`,
    );
  const words = new TextEncoder().encode(reason);
  if (words.length > LONGEST_REASON)
    throw new RangeError(
      `A close reason has at most ${LONGEST_REASON} bytes of UTF-8, not ${words.length}: shorten it.`,
    );
  return Uint8Array.of(code >> 8, code & 0xff, ...words);
}

/** Reads a Close frame's payload; an empty one means `NO_CODE`. */
export function readClosePayload(payload: Uint8Array): Parsed<CloseReason> {
  const [high, low] = payload;
  if (high === undefined) return good({ code: NO_CODE, reason: '' });
  if (low === undefined) return bad('A close code has 2 bytes; this payload has only 1.');
  if (payload.length > 2 + LONGEST_REASON)
    return bad(`A close reason must have at most ${LONGEST_REASON} bytes.`);
  const code = high * 256 + low;
  if (!maySend(code)) return bad(`The close code ${code} must not be sent.`);
  try {
    // Without `ignoreBOM` the decoder would drop a first U+FEFF, which is part of the reason.
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return good({ code, reason: decoder.decode(payload.subarray(2)) });
  } catch {
    return bad('A close reason must be UTF-8.');
  }
}
