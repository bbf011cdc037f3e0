/** Arrow keys move between tokens, Home and End to the first and last; one token at a time takes Tab. */
export function walk(event: KeyboardEvent): void {
  const tokens = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.token')];
  const at = tokens.indexOf(event.target as HTMLElement);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tokens.length - 1 }[event.key];
  const next = to === undefined ? undefined : tokens[to];
  if (at < 0 || next === undefined) return;
  event.preventDefault();
  tokens[at]!.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
