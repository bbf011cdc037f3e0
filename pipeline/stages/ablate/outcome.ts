import { listMetrics } from '../../lists/list-metrics.ts';
import type { Completion, Prompt } from '../../runtime/generate.ts';
import type { AblationRow } from '../../schema/ablations.ts';
import type { Tokenizer } from '../../sources/formats/tokenizer.ts';
import type { Target } from './target.ts';

/** The columns of `ablations` that say which list this is. */
export type Condition = Pick<AblationRow, 'sae_id' | 'protocol' | 'arm' | 'k' | 'draw'>;

/** A list to be written under one condition. */
export interface Run extends Condition {
  readonly target: Target;
  readonly prompt: Prompt;
}

/** A list as it was written. */
export interface Outcome {
  readonly topic: string;
  readonly row: AblationRow;
  /** Its items, in the form in which two spellings are equal. */
  readonly items: readonly string[];
}

export const outcomeOf = (
  { target, prompt, ...condition }: Run,
  { ids, ended }: Completion,
  tokenizer: Tokenizer,
): Outcome => describe(target, condition, [...prompt.prompt, ...ids], ended, tokenizer);

/** The list that the study began with. */
export const baselineOf = (
  target: Target,
  protocol: AblationRow['protocol'],
  tokenizer: Tokenizer,
): Outcome => {
  const condition = { sae_id: null, protocol, arm: 'baseline', k: null, draw: null } as const;
  return describe(target, condition, target.list.token_ids, target.list.ended, tokenizer);
};

function describe(
  { list }: Target,
  { sae_id, protocol, arm, k, draw }: Condition,
  ids: readonly number[],
  ended: boolean,
  tokenizer: Tokenizer,
): Outcome {
  const { metrics, items } = listMetrics(ids, list.n_prompt_tokens, ended, tokenizer);
  const condition = { sae_id, protocol, arm, k, draw };
  const row = { sample_id: list.sample_id, ...condition, ...metrics, token_ids: [...ids] };
  return { topic: list.topic, row, items };
}
