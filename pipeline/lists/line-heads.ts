import type { ItemLayout } from './item-layout.ts';
import { isBlank } from './token-text.ts';

/** What the beginning of a line says: an item after so many tokens of a marker; no item of its own; nothing of the list. */
export type LineHead = number | 'nested' | 'other';

/** How a layout reads the beginning of a line. @param line its tokens, without the one that closes it */
export function headReader(
  layout: Exclude<ItemLayout, { by: 'comma' }>,
): (line: readonly string[]) => LineHead {
  if (layout.by === 'marker') return (line) => markedHead(line, layout.marker);
  return layout.by === 'number' ? numberedHead : bareHead;
}

function markedHead(line: readonly string[], marker: string): LineHead {
  if (line[0] === marker) return 1;
  const first = line.find((token) => !isBlank(token)) ?? '';
  return first.trimStart() === marker ? 'nested' : 'other';
}

/**
 * A number of at most three digits and a full stop that ends a token. Whether the number is the one that is due does not matter:
 * a list that counts wrongly has its items all the same.
 */
function numberedHead(line: readonly string[]): LineHead {
  let text = '';
  for (const [i, token] of line.entries()) {
    text += token;
    if (/^\d{1,3}\.$/.test(text)) return i + 1;
    if (!/^\d{0,3}$/.test(text)) break;
  }
  return /^[^\S\n]+(\d{1,3}\.|[-*•])/.test(line.join('')) ? 'nested' : 'other';
}

/** A line of a list without markers: none that ends with a colon, as a heading does, and none that begins with a marker. */
export function bareHead(line: readonly string[]): LineHead {
  const text = line.join('').trim();
  return isHeading(text) || /^(\d{1,3}[.)]|[-*•])/.test(text) ? 'other' : 0;
}

/** Whether a line introduces what follows. @param text trimmed */
export const isHeading = (text: string): boolean => text.endsWith(':');
