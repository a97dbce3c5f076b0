/** For how long one animation moves something, ms. */
const MINUTE = 60_000;

/**
 * Lets the browser move an element upwards, pixel by pixel of the screen, so that the page's one
 * thread has nothing to do with it.
 * @param from px of the page by which it is moved now
 * @param speed px a ms, above 0
 * @param onover called after a minute, when it is to be moved anew
 * @returns what ends it
 */
export function moveUp(
  element: Element,
  from: number,
  speed: number,
  onover: () => void,
): () => void {
  const pixels = Math.ceil(speed * MINUTE);
  const steps = Math.round(pixels * devicePixelRatio); // a whole number, also in a zoomed page
  const motion = element.animate(
    { transform: [`translateY(${from}px)`, `translateY(${from - pixels}px)`] },
    { duration: pixels / speed, easing: `steps(${steps})` },
  );
  motion.onfinish = onover;
  return () => motion.cancel();
}
