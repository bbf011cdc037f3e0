/** How the items of a list are set apart: what a parser goes by. */
export type ItemLayout =
  /** Each item on a line of its own, after this token. */
  | { readonly by: 'marker'; readonly marker: string }
  /** Each item on a line of its own, after a number and a full stop, in whatever tokens these are. */
  | { readonly by: 'number' }
  /** Each item on a line of its own, with nothing before it. */
  | { readonly by: 'line' }
  /** All items on one line, with commas between them. */
  | { readonly by: 'comma' };

/** What stands before an item on its line, without the space that follows; empty for nothing. @param index from 0 */
export function markerText(layout: ItemLayout, index: number): string {
  if (layout.by === 'marker') return layout.marker;
  return layout.by === 'number' ? `${index + 1}.` : '';
}

/** A list of items as a text, as it is shown to a model. */
export function listText(items: readonly string[], layout: ItemLayout): string {
  if (layout.by === 'comma') return `${items.join(', ')}.`;
  const lines = items.map((item, i) => `${markerText(layout, i)} ${item}`.trimStart());
  return lines.join('\n');
}
