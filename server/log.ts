import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type Logger, pino } from 'pino';
import type { Settings } from './settings.ts';

/** Bytes of lines that may wait for what takes none just now; what comes then is dropped. */
const WAITING_AT_MOST = 65_536;
/** ms in which the last lines must have left. */
const DEADLINE = 500;

/** The server's log, on stdout. */
export interface Log {
  log: Logger;
  /** Ends it: when its last lines have left, or when nothing takes them. */
  close: () => Promise<void>;
}

/**
 * Opens the log. It is not written while the server waits: a disk may be full, and who reads our
 * stdout may have stopped to read. Then lines are lost, and the server goes on.
 */
export function openLog({ LOG_LEVEL }: Pick<Settings, 'LOG_LEVEL'>): Log {
  const lines = pino.destination({ dest: 1, sync: false, maxLength: WAITING_AT_MOST });
  lines.on('error', () => undefined); // there is nowhere else to tell it
  const log = pino({ level: LOG_LEVEL }, lines);
  return {
    log,
    async close() {
      log.level = 'silent';
      const closed = once(lines, 'close');
      lines.end();
      await Promise.race([closed, pause(DEADLINE, undefined, { ref: false })]).catch(
        () => undefined,
      );
      lines.destroy(); // else the process would wait for them at its end
    },
  };
}
