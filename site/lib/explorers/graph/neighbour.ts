import type { Item } from './items.ts';
import type { Layout } from './layout.ts';

interface Walked {
  /** By layer and then by position. */
  readonly items: readonly Item[];
  readonly layout: Layout;
}

/**
 * Where an arrow leads from an item: left and right to the one before and after, up and down to the nearest of the next
 * layer that has any; Home and End to the first and last.
 */
export function neighbour({ items, layout }: Walked, id: string, key: string): string | undefined {
  const at = items.findIndex((item) => item.id === id);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: items.length - 1 }[key];
  if (to !== undefined) return items[to]?.id;
  const way = { ArrowUp: 1, ArrowDown: -1 }[key];
  const { layer } = items[at]!;
  const beyond = way === undefined ? [] : items.filter((item) => way * item.layer > way * layer);
  const distance = (item: Item) =>
    1e6 * Math.abs(item.layer - layer) +
    Math.abs(layout.places.get(item.id)!.x - layout.places.get(id)!.x);
  return beyond.sort((a, b) => distance(a) - distance(b))[0]?.id;
}
