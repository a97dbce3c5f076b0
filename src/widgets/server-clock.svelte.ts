import { better, type ClockEstimate, compareClocks } from '../protocol/clock.ts';
import { isRecord } from '../protocol/parse.ts';
import { pageClock } from '../transports/transport.ts';

/** How far the server's clock is ahead of this page's, as well as it is known. */
export class ServerClock {
  estimate = $state<ClockEstimate>();

  /** One comparison: see compareClocks. */
  compare(sent: number, serverTime: number, received: number): void {
    this.estimate = better(this.estimate, compareClocks(sent, serverTime, received));
  }

  /** Asks the server for its time, three times, since the quickest answer tells it best. */
  async ask(): Promise<void> {
    for (let time = 0; time < 3; time += 1) {
      const sent = pageClock();
      try {
        const response = await fetch('/healthz', {
          cache: 'no-store',
          signal: AbortSignal.timeout(2000),
        });
        const received = pageClock();
        const json: unknown = await response.json();
        if (isRecord(json) && typeof json['at'] === 'number')
          this.compare(sent, json['at'], received);
      } catch {
        return; // each message that is sent compares the clocks too
      }
    }
  }
}
