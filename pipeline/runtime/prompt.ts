import { sha256 } from '../schema/sha256.ts';
import type { Addition } from './intervention.ts';

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
 * The order in which prompts are read: by length, so that a batch needs little padding, and those that share their tokens, or
 * also their edits, beside each other.
 * @returns indices of the prompts
 */
export function readingOrder(prompts: readonly Prompt[]): number[] {
  const order = prompts.map((prompt, index) => ({
    index,
    length: prompt.prompt.length,
    content: `${tokensOf(prompt)} ${editsOf(prompt)}`,
  }));
  order.sort((a, b) => a.length - b.length || compare(a.content, b.content));
  return order.map(({ index }) => index);
}

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
