import fc from 'fast-check';

/** A value of JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A change of one place of a value; places are counted from its root on. */
export interface JsonMutation {
  readonly place: number;
  readonly change: 'replace' | 'remove' | 'rename' | 'repeat';
  readonly value: Json;
  readonly name: string;
}

/** Values at which readers go wrong. */
const ODD: Json[] = [null, true, 0, -1, 0.5, 1e9, 2 ** 53, 1e300, '', 'x', '\0\n', [], {}, [[]]];
const NAMES = ['__proto__', 'constructor', 'toString', 'length', '', 'x', 'two\nlines'];

export const jsonMutations: fc.Arbitrary<JsonMutation[]> = fc.array(
  fc.record({
    place: fc.nat(2 ** 20),
    change: fc.constantFrom('replace', 'replace', 'remove', 'rename', 'repeat'),
    value: fc.oneof(fc.constantFrom(...ODD), fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>),
    name: fc.constantFrom(...NAMES),
  }),
  { minLength: 1, maxLength: 3 },
);

/** The text of a value with some changes. */
export const mutatedJson = (json: string, changes: readonly JsonMutation[]): string =>
  JSON.stringify(changes.reduce(changed, JSON.parse(json) as Json));

/** Change the place in a value, which is made anew around it. */
function changed(root: Json, { place, change, value, name }: JsonMutation): Json {
  let left = place % (countOf(root) || 1);
  const visit = (node: Json): Json => {
    if (typeof node !== 'object' || node === null) return node;
    const entries = Object.entries(node).flatMap(([key, child]): [string, Json][] => {
      if (left-- !== 0) return [[key, visit(child)]];
      if (change === 'remove') return [];
      if (change === 'rename') return [[name, child]];
      if (change === 'repeat')
        return [
          [key, child],
          [`${key}2`, child],
        ];
      return [[key, value]];
    });
    return Array.isArray(node) ? entries.map(([, child]) => child) : objectOf(entries);
  };
  return visit(root);
}

/** Also with `__proto__` as a key like any other. */
const objectOf = (entries: readonly [string, Json][]): Json => Object.fromEntries(entries);

const countOf = (node: Json): number =>
  typeof node === 'object' && node !== null
    ? Object.values(node).reduce<number>((sum, child) => sum + 1 + countOf(child), 0)
    : 0;
