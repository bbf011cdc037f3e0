import type { Tokenizer } from '../sources/formats/tokenizer.ts';

/** What may follow a token, each with its probability. */
export interface Transition {
  readonly after: number;
  readonly next: readonly (readonly [id: number, probability: number])[];
}

/**
 * A process that writes lists: a hyphen, a name, perhaps a blank, a newline. It knows no topic and no length; it is
 * there so that lists can be read, attributed and ablated, which noise does not write.
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

/** Few, so that each stands well above the rest of a vocabulary of 256,000. */
const NAMES = [' Paris', ' Rome', ' London', ' Berlin', ' Madrid', ' Tokyo', ' Cairo', ' Lima'];
