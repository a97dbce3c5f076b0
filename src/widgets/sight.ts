interface Life {
  /** It came into sight, or the page came back. */
  resume: () => void;
  /** It went out of sight, or the page is going. */
  pause: () => void;
  /** The page is looked at again, after the browser may have slowed its timers. */
  wake: () => void;
}

/** Tells a part of the page whether it can be seen; the function returned stops that. */
export function whileInSight(element: Element, { resume, pause, wake }: Life): () => void {
  let inSight = false;
  const watch = new IntersectionObserver((entries) => {
    inSight = entries.at(-1)?.isIntersecting ?? false;
    if (inSight) resume();
    else pause();
  });
  const onShow = () => {
    if (inSight) resume();
  };
  const onVisible = () => {
    if (document.visibilityState === 'visible') wake();
  };
  watch.observe(element);
  addEventListener('pagehide', pause);
  addEventListener('pageshow', onShow);
  document.addEventListener('visibilitychange', onVisible);
  return () => {
    watch.disconnect();
    removeEventListener('pagehide', pause);
    removeEventListener('pageshow', onShow);
    document.removeEventListener('visibilitychange', onVisible);
  };
}
