import { sha256 } from '../schema/sha256.ts';
import { type Addition, firstChange } from './intervention.ts';

export interface Prompt {
  /** Determines the random draws of this sample, together with the seed. */
  readonly key: string;
  /** Token ids. */
  readonly prompt: readonly number[];
  /** Number of draws to skip: those of sampled tokens that are now part of the prompt; 0 where left out. */
  readonly drawn?: number;
  /** Vectors to add at the intervention's `hook`. */
  readonly additions?: readonly Addition[];
  /** [d]: vector to add at the intervention's `steerAt`. */
  readonly steering?: Float32Array;
}

/**
 * The prompts without duplicates: those with the same tokens, additions and steering are read alike, whatever their keys.
 * @returns also sequenceOf [prompt]: its index in `distinct`
 */
export function distinctPrompts(prompts: readonly Prompt[]): {
  distinct: Prompt[];
  sequenceOf: number[];
} {
  const indexOf = new Map<string, number>();
  const distinct: Prompt[] = [];
  const sequenceOf = prompts.map((prompt) => {
    const content = `${tokensOf(prompt)} ${editsOf(prompt)}`;
    const index = indexOf.get(content) ?? distinct.push(prompt) - 1;
    indexOf.set(content, index);
    return index;
  });
  return { distinct, sequenceOf };
}

/**
 * The order in which prompts are read: by the number of tokens that no prompt of the same tokens shares, so that a batch needs
 * little padding; those of the same tokens beside each other, and equal ones together.
 * @returns indices of the prompts
 */
export function readingOrder(prompts: readonly Prompt[]): number[] {
  const order = prompts.map((prompt, index) => ({
    index,
    own: prompt.prompt.length - (isEdited(prompt) ? firstEdit(prompt) : 0),
    tokens: tokensOf(prompt),
    edits: editsOf(prompt),
  }));
  order.sort((a, b) => a.own - b.own || compare(a.tokens, b.tokens) || compare(a.edits, b.edits));
  return order.map(({ index }) => index);
}

/** What prompts of the same tokens have in common before their first edits. */
export interface SharedPrefixes {
  /** The tokens of each prefix. */
  readonly prefixes: readonly (readonly number[])[];
  /** [prompt]: index of its prefix; 0 where it shares nothing. */
  readonly prefixOf: readonly number[];
  /** [prompt]: number of its tokens that are the prefix's; 0 where it shares nothing. */
  readonly starts: readonly number[];
}

/**
 * The tokens before the first edit have the same keys and values in every prompt of the same tokens; at least one token is
 * left to be read. A prefix is as long as two prompts share it.
 */
export function sharedPrefixes(prompts: readonly Prompt[]): SharedPrefixes {
  const prefixes: (readonly number[])[] = [];
  const prefixOf = prompts.map(() => 0);
  const starts = prompts.map(() => 0);
  for (const group of Map.groupBy(prompts.keys(), (i) => tokensOf(prompts[i]!)).values()) {
    const [, length = 0] = group.map((i) => firstEdit(prompts[i]!)).sort((a, b) => b - a);
    if (length === 0) continue;
    for (const i of group) {
      prefixOf[i] = prefixes.length;
      starts[i] = Math.min(length, firstEdit(prompts[i]!));
    }
    prefixes.push(prompts[group[0]!]!.prompt.slice(0, length));
  }
  return { prefixes, prefixOf, starts };
}

const isEdited = ({ additions = [], steering }: Prompt): boolean =>
  additions.length > 0 || steering !== undefined;

/** The first position that is edited; of a prompt without edits, its last one. */
const firstEdit = ({ prompt, additions = [], steering }: Prompt): number =>
  steering ? 0 : firstChange(prompt.length, additions);

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Equal where the tokens are. */
const tokensOf = ({ prompt }: Prompt): string => prompt.join();

/** Equal where the additions and the steering vector are, to the last bit; empty where there are none. */
function editsOf({ additions = [], steering }: Prompt): string {
  const added = additions.map(({ pos, delta }) => `${pos} ${hashOf(delta)}`);
  return [...added, ...(steering ? [hashOf(steering)] : [])].join();
}

const hashOf = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  sha256(new Uint8Array(buffer, byteOffset, byteLength));
