import type { Tokenizer } from '../sources/formats/tokenizer.ts';

/** The next-token distribution after one token. */
export interface Transition {
  readonly after: number;
  readonly next: readonly (readonly [id: number, probability: number])[];
}

/**
 * A Markov process over tokens that writes lists: a hyphen, a name, perhaps a blank, a newline. It has no topics. The
 * rehearsal needs it because random weights alone would write no lists to attribute and ablate.
 */
export function listProcess({ id }: Pick<Tokenizer, 'id'>): Transition[] {
  const [hyphen, newline, blank, end] = [id('-'), id('\n'), id(' '), id('<end_of_turn>')] as const;
  const names = NAMES.map((name) => id(name));
  const rule = (after: number, ...next: [number, number][]): Transition => ({ after, next });
  return [
    rule(hyphen, ...names.map((name): [number, number] => [name, 1 / names.length])),
    ...names.map((name) => rule(name, [newline, 0.75], [blank, 0.25])),
    rule(blank, [newline, 0.35], [end, 0.65]),
    rule(newline, [hyphen, 0.9], [end, 0.1]),
  ];
}

/** Few names, so that each is far more likely than the other 256,000 tokens. */
const NAMES = [' Paris', ' Rome', ' London', ' Berlin', ' Madrid', ' Tokyo', ' Cairo', ' Lima'];
