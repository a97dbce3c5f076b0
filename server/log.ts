import { type Logger, pino } from 'pino';
import type { Settings } from './settings.ts';

/** Bytes of lines that may wait for a disk that is full; what comes then is dropped. */
const WAITING_AT_MOST = 65_536;

/** The server's log, on stdout. Where that takes nothing more, the server goes on without. */
export function openLog({ LOG_LEVEL }: Pick<Settings, 'LOG_LEVEL'>): Logger {
  const lines = pino.destination({ dest: 1, sync: true, maxLength: WAITING_AT_MOST });
  lines.on('error', () => undefined); // there is nowhere else to tell it
  return pino({ level: LOG_LEVEL }, lines);
}
