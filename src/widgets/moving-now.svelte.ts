import { pageClock } from '../transports/transport.ts';

/**
 * The present, ms of the page's clock, as a picture draws it: at every frame while it runs, once a
 * second where the reader wants less motion. To be called while a component is made.
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
      tick();
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
