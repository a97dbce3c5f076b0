import { type ByteField, type FieldName, unread } from './byte-field.ts';
import {
  applyMask,
  decodeFrameHead,
  fieldsOfFrame,
  type FrameField,
  type FrameHead,
  OPCODES,
  readClosePayload,
} from './frame.ts';

/** One frame, RFC 6455 §5.2, of which the payload may be cut; what follows it is not read. */
export function annotateFrame(bytes: Uint8Array): readonly ByteField[] {
  const head = decodeFrameHead(bytes);
  if (!head.ok) return unread(bytes, 0);
  const fields = fieldsOfFrame(head.value, bytes.length).map((field) =>
    annotated(bytes, field, head.value),
  );
  return [...fields, ...unread(bytes, Math.min(head.value.frameLength, bytes.length))];
}

function annotated(bytes: Uint8Array, field: FrameField, head: FrameHead): ByteField {
  const here = bytes.subarray(field.from, field.to);
  switch (field.name) {
    case 'first-byte':
      return { ...field, fields: bitsOf(field, here[0], FIRST_BYTE) };
    case 'length':
      return { ...field, fields: bitsOf(field, here[0], SECOND_BYTE) };
    case 'extended-length':
      return { ...field, value: String(head.payloadLength) };
    case 'mask-key':
      return { ...field, value: hexOf(here) };
    case 'payload':
      return {
        ...field,
        ...payload(field, head.maskKey ? applyMask(here, head.maskKey) : here, head),
      };
  }
}

const FIRST_BYTE: readonly (readonly [FieldName, number])[] = [
  ['fin', 1],
  ['rsv1', 1],
  ['rsv2', 1],
  ['rsv3', 1],
  ['opcode', 4],
];
const SECOND_BYTE: readonly (readonly [FieldName, number])[] = [
  ['mask', 1],
  ['length-7', 7],
];

/** The fields inside one byte, from its highest bit on. */
function bitsOf(
  { from, to }: FrameField,
  byte = 0,
  names: readonly (readonly [FieldName, number])[],
): readonly ByteField[] {
  let at = 0;
  return names.map(([name, many]) => {
    const bits = { from: at, to: at + many };
    at = bits.to;
    const value = (byte >> (8 - at)) & (2 ** many - 1);
    return { name, from, to, bits, value: name === 'opcode' ? opcodeNamed(value) : String(value) };
  });
}

const opcodeNamed = (code: number): string => {
  const name = Object.entries(OPCODES).find(([, opcode]) => opcode === code)?.[0];
  return name === undefined ? String(code) : `${code} ${name}`;
};

/** What an unmasked payload says. With a reserved bit it is an extension’s, and says nothing by itself. */
function payload(
  { from, to }: FrameField,
  plain: Uint8Array,
  { opcode, rsv, payloadLength }: FrameHead,
): Pick<ByteField, 'value' | 'fields'> {
  if (rsv !== 0) return {};
  if (opcode === OPCODES.binary) return { value: hexOf(plain) };
  if (opcode !== OPCODES.close) return { value: lenient(plain) };
  const code = readClosePayload(plain.subarray(0, 2));
  const whole = readClosePayload(plain);
  if (!code.ok || (!whole.ok && plain.length === payloadLength))
    return { fields: [{ name: 'unread', from, to }] };
  const at = from + 2;
  const reason: ByteField = {
    name: 'close-reason',
    from: at,
    to,
    value: lenient(plain.subarray(2)),
  };
  const closeCode: ByteField = { name: 'close-code', from, to: at, value: String(code.value.code) };
  return { fields: at < to ? [closeCode, reason] : [closeCode] };
}

/** A piece of a message may begin and end within a character: such bytes are U+FFFD. */
const lenient = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

/** Two digits a byte, spaces between. */
export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
