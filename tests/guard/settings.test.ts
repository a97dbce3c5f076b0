import { expect, test } from 'vitest';
import {
  environmentOf,
  readSettings,
  SettingsError,
  VARIABLE_NAMES,
} from '../../server/settings.ts';

test('without any variable there are defaults', () => {
  expect(readSettings({})).toMatchObject({ PORT: 8000, HOST: '127.0.0.1', ALLOWED_ORIGINS: [] });
  expect(readSettings({ PORT: '' }).PORT).toBe(8000);
});

test('each mistake has its sentence, all at once', () => {
  const wrong = {
    PORT: '70000',
    ALLOWED_ORIGINS: 'https://a.example/path',
    ALLOWED_HOSTS: 'a.example:80',
    TRUST_PROXY: 'everybody',
    REDIS_URL: 'localhost:6379',
    CHANNEL_LAYER: 'pigeons',
    REDIS_PREFIX: 'a b',
    PAIR: 'somebody',
    YOURS: 'everybody',
    PAIR_IDLE_SECONDS: '0',
    LOG_LEVEL: 'loud',
    MAX_CONNECTIONS: '0',
    MAX_CONNECTIONS_PER_ADDRESS: '-1',
    MESSAGES_PER_SECOND: '1.5',
    MESSAGE_BURST: 'many',
    ROOM_MESSAGES: '1e3',
    ROOM_BYTES: '10',
    ROOM_IDLE_SECONDS: '0',
    ROOM_READERS: '20001',
    READER_IDLE_SECONDS: '20',
    ROOMS_BYTES: '1',
  };
  let sentences: string[] = [];
  try {
    readSettings(wrong);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    sentences = error instanceof SettingsError ? error.message.split('\n') : [];
  }
  expect(sentences).toHaveLength(Object.keys(wrong).length);
  for (const [name, value] of Object.entries(wrong))
    expect(sentences.find((sentence) => sentence.startsWith(`${name} is "${value}"`))).toMatch(
      /\.$/,
    );
  expect(VARIABLE_NAMES.filter((name) => !(name in wrong))).toEqual(['HOST']);
});

test('a room that would not fit into all rooms is refused', () => {
  expect(() => readSettings({ ROOMS_BYTES: '65536' })).toThrow(
    /^ROOMS_BYTES is 65536 but must be /,
  );
  expect(readSettings({ ROOMS_BYTES: '65536', ROOM_BYTES: '32768' }).ROOM_BYTES).toBe(32_768);
});

test.each(['999.1.1.1', '10.0.0.0/99', 'everybody'])('TRUST_PROXY=%s is refused', (proxy) => {
  expect(() => readSettings({ TRUST_PROXY: proxy })).toThrow(/^TRUST_PROXY is /);
});

test('settings can be handed on to another process', () => {
  const settings = readSettings({
    ALLOWED_HOSTS: 'a.example, b.example',
    ALLOWED_ORIGINS: 'null',
    REDIS_URL: 'rediss://user:secret@redis.example:6380/1',
    ROOM_MESSAGES: '7',
  });
  expect(readSettings(environmentOf(settings))).toEqual(settings);
});
