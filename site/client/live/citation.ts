import type { Arm, Asked } from './messages.ts';

/** Hex digits of the model's hash that are cited. */
const HASH_DIGITS = 10;

/** How a reader cites what the model wrote here. @param href the page with what was chosen */
export const citationOf = (
  { topic, word, temperature, seed }: Asked,
  counts: Readonly<Record<Arm, number>>,
  { hash, href }: { readonly hash: string; readonly href: string },
): string =>
  `How a list ends, the miniature (model ${hash.slice(0, HASH_DIGITS)}): ${word} list of ${topic}, temperature ${temperature}, seed ${seed}: ` +
  `${counts.trained} items as trained, ${counts.edited} edited. ${href}`;
