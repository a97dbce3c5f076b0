import proxyAddr from 'proxy-addr';
import { z } from 'zod';

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .refine((value) => value >= least && value <= most);

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);

const layers = ['memory', 'pubsub', 'core'] as const;

const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Who may use the pair of processes. */
const visitors = ['loopback', 'everybody', 'nobody'] as const;

/** Each environment variable: its default, what it may be, in words, and what checks it. */
const VARIABLES = {
  PORT: { fallback: '8000', is: 'a port from 0 to 65535', schema: whole(0, 65_535) },
  HOST: { fallback: '127.0.0.1', is: 'an address or name to listen on', schema: z.string().min(1) },
  ALLOWED_ORIGINS: {
    fallback: '',
    is: 'origins such as https://example.org, or null, separated by commas',
    schema: list.refine((origins) => origins.every(isOrigin)),
  },
  ALLOWED_HOSTS: {
    fallback: '',
    is: 'host names without a port, separated by commas',
    schema: list.refine((hosts) => hosts.every((host) => /^[a-z0-9.-]+$/i.test(host))),
  },
  TRUST_PROXY: {
    fallback: '',
    is: 'proxies’ addresses, ranges such as 10.0.0.0/8, or loopback, separated by commas',
    schema: list.refine(areProxies),
  },
  REDIS_URL: {
    fallback: '',
    is: 'an address such as redis://127.0.0.1:6379 or rediss://…',
    schema: z.string().refine((url) => url === '' || isRedis(url)),
  },
  PAIR: { fallback: 'loopback', is: `one of ${visitors.join(', ')}`, schema: z.enum(visitors) },
  YOURS: {
    fallback: 'loopback',
    is: 'loopback or nobody',
    schema: z.enum(['loopback', 'nobody']),
  },
  PAIR_IDLE_SECONDS: { fallback: '300', is: 'seconds from 1', schema: whole(1, 86_400) },
  LOG_LEVEL: { fallback: 'warn', is: `one of ${levels.join(', ')}`, schema: z.enum(levels) },
  MAX_CONNECTIONS: { fallback: '10000', is: 'a count from 1', schema: whole(1, 1e6) },
  MAX_CONNECTIONS_PER_ADDRESS: { fallback: '1000', is: 'a count from 1', schema: whole(1, 1e6) },
  MESSAGES_PER_SECOND: { fallback: '20', is: 'a count from 1', schema: whole(1, 1e6) },
  MESSAGE_BURST: { fallback: '40', is: 'a count from 1', schema: whole(1, 1e6) },
  ROOM_MESSAGES: { fallback: '300', is: 'a count from 1', schema: whole(1, 1e6) },
  ROOM_BYTES: { fallback: '262144', is: 'bytes, 16384 or more', schema: whole(16_384, 2 ** 30) },
  ROOM_IDLE_SECONDS: { fallback: '120', is: 'seconds from 1', schema: whole(1, 86_400) },
  ROOM_READERS: { fallback: '1000', is: 'a count from 1', schema: whole(1, 20_000) },
  READER_IDLE_SECONDS: { fallback: '60', is: 'seconds from 30', schema: whole(30, 3_600) },
  CHANNEL_LAYER: {
    fallback: '',
    is: `one of ${layers.join(', ')}, the last two with REDIS_URL`,
    schema: z.enum(['', ...layers]),
  },
  REDIS_PREFIX: {
    fallback: 'asgi',
    is: 'up to 32 letters, digits, "-", "_" or "."',
    schema: z.string().regex(/^[A-Za-z0-9_.-]{1,32}$/),
  },
  ROOMS_BYTES: { fallback: '67108864', is: 'bytes, 65536 or more', schema: whole(65_536, 2 ** 34) },
} as const;

type Name = keyof typeof VARIABLES;

/** The server's settings, checked once at the start. README.md has the table. */
export type Settings = { [N in Name]: z.infer<(typeof VARIABLES)[N]['schema']> };

export const VARIABLE_NAMES = Object.keys(VARIABLES) as Name[];

/** Thrown for variables that are set to what they cannot be: a sentence for each. */
export class SettingsError extends Error {}

/** Reads the settings from an environment; throws SettingsError. An empty variable is an unset one. */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const mistakes: string[] = [];
  const entries = VARIABLE_NAMES.map((name) => {
    const { fallback, is, schema } = VARIABLES[name];
    const result = schema.safeParse(env[name] || fallback);
    if (!result.success)
      mistakes.push(
        `${name} is "${env[name]}" but must be ${is}: correct it, or leave it out for ${fallback || 'none'}.`,
      );
    return [name, result.data] as const;
  });
  if (mistakes.length) throw new SettingsError(mistakes.join('\n'));
  const settings = Object.fromEntries(entries) as Settings;
  if (settings.ROOMS_BYTES < 2 * settings.ROOM_BYTES)
    throw new SettingsError(
      `ROOMS_BYTES is ${settings.ROOMS_BYTES} but must be at least twice ROOM_BYTES, ${settings.ROOM_BYTES}: raise it, or lower ROOM_BYTES.`,
    );
  if (!settings.REDIS_URL && ['pubsub', 'core'].includes(settings.CHANNEL_LAYER))
    throw new SettingsError(
      `CHANNEL_LAYER is ${settings.CHANNEL_LAYER} but there is no REDIS_URL: give one, or leave CHANNEL_LAYER out.`,
    );
  return settings;
}

/** An environment that readSettings() reads as these settings. */
export function environmentOf(settings: Settings): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
}

function isOrigin(text: string): boolean {
  return text === 'null' || (URL.canParse(text) && new URL(text).origin === text);
}

const isRedis = (text: string) => URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol);

function areProxies(proxies: string[]): boolean {
  try {
    proxyAddr.compile(proxies);
    return true;
  } catch {
    return false;
  }
}
