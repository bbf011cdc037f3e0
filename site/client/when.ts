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

const PATIENCE = 1000; // ms

/** Act when the browser has nothing to do; soon, where it does not tell, as Safari did not for long. */
export function whenIdle(act: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(act, { timeout: PATIENCE });
  else setTimeout(act);
}
