interface Life {
  /** It came into sight, or the page came back. */
  resume(): void;
  /** It went out of sight, or the page is going. */
  pause(): void;
  /** The page is looked at again, after the browser may have slowed its timers. */
  wake(): void;
}

/** Tells a part of the page whether it can be seen; the function returned stops that. */
export function whileInSight(element: Element, life: Life): () => void {
  let inSight = false;
  const watch = new IntersectionObserver((entries) => {
    inSight = entries.at(-1)?.isIntersecting ?? false;
    if (inSight) life.resume();
    else life.pause();
  });
  const onHide = () => life.pause();
  const onShow = () => {
    if (inSight) life.resume();
  };
  const onVisible = () => {
    if (document.visibilityState === 'visible') life.wake();
  };
  watch.observe(element);
  addEventListener('pagehide', onHide);
  addEventListener('pageshow', onShow);
  document.addEventListener('visibilitychange', onVisible);
  return () => {
    watch.disconnect();
    removeEventListener('pagehide', onHide);
    removeEventListener('pageshow', onShow);
    document.removeEventListener('visibilitychange', onVisible);
  };
}

/** Opens a session, which then lives as its part of the page does; the function returned ends it. */
export function openInSight(
  session: Life & { open(): void; stop(): void },
  element: Element | undefined,
): () => void {
  session.open();
  const leave = element && whileInSight(element, session);
  return () => {
    leave?.();
    session.stop();
  };
}
