import { pageClock } from '../transports/transport.ts';

/** ms between two drawings; a little less than a tenth of a second, to meet the frame at that. */
const EVERY = 95;

/**
 * The present, ms of the page's clock, as a picture draws it: ten times a second while it runs, since
 * each time it is drawn whole; once a second where the reader wants less motion. Not at all while the
 * page is hidden. To be called while a component is made.
 */
export function movingNow(running: () => boolean): { readonly value: number } {
  let now = $state(pageClock());
  $effect(() => {
    if (!running()) return;
    const tick = () => (now = pageClock());
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      const timer = setInterval(tick, 1000);
      return () => clearInterval(timer);
    }
    let frame = requestAnimationFrame(function draw() {
      if (pageClock() - now >= EVERY) tick();
      frame = requestAnimationFrame(draw);
    });
    return () => cancelAnimationFrame(frame);
  });
  return {
    get value() {
      return now;
    },
  };
}
