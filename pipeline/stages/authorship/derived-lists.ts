import type { AuthoredList } from '../../lists/authored-list.ts';
import { normalizeItem } from '../../lists/parse-list.ts';
import { DERIVED, type DerivedAuthor } from '../../schema/authorship-columns.ts';
import { keyedRandom } from '../../stats/random.ts';

/** A list to be read, or why there is none. */
export type Candidate = Omit<AuthoredList, 'items' | 'ended'> &
  (
    | (Pick<AuthoredList, 'items' | 'ended'> & { readonly reason: null })
    | { readonly reason: string }
  );

/** What is made of one of the model's own lists: its items in another order, half of them, and more of them. */
export const derivedLists = (own: AuthoredList, more: MoreItems): Candidate[] =>
  DERIVED.map((author) => {
    const { topic, template } = own;
    const made = DERIVE[author](own, more);
    const named = { author, topic, template };
    return typeof made === 'string'
      ? { ...named, reason: made }
      : { ...named, ...made, reason: null };
  });

/** What is needed besides the list. */
export interface MoreItems {
  /** Names of the topic that were written by hand. */
  readonly byHand: readonly string[];
  readonly seed: number;
}

type Made = Pick<AuthoredList, 'items' | 'ended'> | string;

/** The list of each kind, or why there is none. */
const DERIVE: Readonly<Record<DerivedAuthor, (own: AuthoredList, more: MoreItems) => Made>> = {
  shuffled: ({ items, ended, topic, template }, { seed }) => {
    if (new Set(items).size < 2) return 'fewer than two different items: no other order';
    return { items: shuffled(items, keyedRandom(seed, `shuffled ${topic} ${template}`)), ended };
  },
  cut: ({ items }) => {
    if (items.length < 2) return 'fewer than two items: nothing to cut';
    return { items: items.slice(0, Math.floor(items.length / 2)), ended: true };
  },
  extended: ({ items, ended }, { byHand }) => {
    if (!ended) return 'a limit on tokens cut the list: it has no end to go on after';
    const names = new Set(items.map(normalizeItem));
    const further = byHand.filter((name) => !names.has(normalizeItem(name)));
    if (further.length === 0) return 'no items by hand that it does not have';
    return { items: [...items, ...further.slice(0, Math.max(1, items.length))], ended: true };
  },
};

/** The items in a random order other than their own (Fisher and Yates 1938, as Durstenfeld 1964 has it). */
function shuffled(items: readonly string[], random: () => number): string[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order.every((item, i) => item === items[i]) ? shuffled(items, random) : order;
}
