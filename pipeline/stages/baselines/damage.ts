import { crossEntropy } from '../../interp/cross-entropy.ts';
import type { List } from '../ablate/target.ts';
import type { Setting } from './setting.ts';

/** An answer, and the list in whose place it stands. */
export interface Judged {
  readonly list: List;
  /** Its tokens, the stop token included. */
  readonly completion: readonly number[];
}

/**
 * The cross-entropy of each answer after the prompt of its list, whatever prompt it was written after; the same answer
 * to the same prompt is read once.
 * @returns nats a token, in the order of the answers
 */
export async function damageOf(
  { study, provider, model }: Setting,
  judged: readonly Judged[],
): Promise<number[]> {
  const keys = judged.map(({ list, completion }) => `${list.sample_id} ${completion.join()}`);
  const distinct = new Map(judged.map((of, i) => [keys[i]!, of]));
  const readings = [...distinct.values()].map(({ list, completion }) => ({
    prompt: list.token_ids.slice(0, list.n_prompt_tokens),
    completion,
  }));
  const { batchSize } = study;
  const found = await crossEntropy(model, readings, { provider, batchSize });
  const byKey = new Map([...distinct.keys()].map((key, i) => [key, found[i]!]));
  return keys.map((key) => byKey.get(key)!);
}
