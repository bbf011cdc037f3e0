/** Act once an element comes into view. @param margin how far beyond the window counts as in view */
export function whenSeen(element: Element, margin: string, act: () => void): void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      act();
    },
    { rootMargin: margin },
  );
  observer.observe(element);
}

/**
 * Act once the reader does anything: moves the pointer, scrolls, touches, or presses a key. What is large is not loaded for one
 * who looks at the first screen alone.
 */
export function whenActive(act: () => void): void {
  const ended = new AbortController();
  const begin = () => {
    ended.abort();
    act();
  };
  for (const event of ['pointermove', 'pointerdown', 'keydown', 'wheel', 'scroll', 'touchstart'])
    addEventListener(event, begin, { signal: ended.signal, passive: true, capture: true });
}

const PATIENCE = 1000; // ms

/** Act when the browser has nothing to do; soon, where it does not tell, as Safari did not for long. */
export function whenIdle(act: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(act, { timeout: PATIENCE });
  else setTimeout(act);
}
