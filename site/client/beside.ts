const GAP = 6; // pixels

/** Put a box that lies over the page below an element, or above it where there is more room, and within the window. */
export function placeBeside(box: HTMLElement, element: HTMLElement): void {
  const lines = element.getClientRects();
  const at = lines[0] ?? element.getBoundingClientRect();
  const end = lines[lines.length - 1] ?? at;
  const { width, height } = box.getBoundingClientRect();
  const below = end.bottom + GAP + height <= innerHeight || at.top < height + GAP;
  const room = document.documentElement.clientWidth - width - GAP;
  box.style.top = `${scrollY + (below ? end.bottom + GAP : at.top - GAP - height)}px`;
  box.style.left = `${scrollX + Math.max(GAP, Math.min(at.left, room))}px`;
}
