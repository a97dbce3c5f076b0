import { pageClock } from '../../transports/transport.ts';

/** ms by which a live picture is late: what happens is known a little after it happened. */
const LATE = 250;
/** ms in sight that can be chosen. */
export const SPANS = [250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000] as const;
/** How fast a replay can be. */
export const SPEEDS = [1, 0.25, 0.05] as const;

/** Which part of a run is looked at, and how it moves. */
export class PictureView {
  /** `live` follows what happens, `still` stands, `replay` goes on by itself. */
  mode = $state<'live' | 'still' | 'replay'>('live');
  /** What is drawn ends here: ms since the epoch, by the page's clock. */
  cursor = $state(0);
  /** ms in sight. */
  span = $state(10_000);
  speed = $state<number>(1);

  /** Follows what happens, now. */
  follow(): void {
    this.mode = 'live';
    this.cursor = pageClock() - LATE;
  }

  hold(): void {
    this.mode = 'still';
  }

  /** Goes to a time and stays there. */
  scrub(time: number): void {
    this.mode = 'still';
    this.cursor = time;
  }

  /** Plays from here on, or from the beginning where it is at its end. */
  replay(first: number, last: number): void {
    if (this.cursor >= last) this.cursor = first;
    this.mode = 'replay';
  }

  /** To the next moment at which something happens, or the one before. */
  step(moments: readonly number[], way: 1 | -1): void {
    this.mode = 'still';
    const next =
      way > 0
        ? moments.find((time) => time > this.cursor + 0.01)
        : moments.findLast((time) => time < this.cursor - 0.01);
    if (next !== undefined) this.cursor = next;
  }

  zoom(way: 1 | -1): void {
    const place = SPANS.findIndex((span) => span >= this.span);
    this.span = SPANS[Math.min(SPANS.length - 1, Math.max(0, place - way))] ?? this.span;
  }

  /** Lets `ms` pass. @param last where a replay ends */
  pass(ms: number, last: number): void {
    if (this.mode === 'live') this.cursor = pageClock() - LATE;
    if (this.mode !== 'replay') return;
    this.cursor = Math.min(last, this.cursor + ms * this.speed);
    if (this.cursor >= last) this.mode = 'still';
  }
}
