import { listMetrics } from '../../lists/list-metrics.ts';
import type { WrittenList } from '../../lists/read-list.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { Completion, Prompt } from '../../runtime/generate.ts';
import type { AblationRow } from '../../schema/ablations.ts';
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
  form: TokenForm,
): Outcome => describe(target, condition, { ids: [...prompt.prompt, ...ids], ended }, form);

/** The list that the study began with. */
export const baselineOf = (
  target: Target,
  protocol: AblationRow['protocol'],
  form: TokenForm,
): Outcome => {
  const condition = { sae_id: null, protocol, arm: 'baseline', k: null, draw: null } as const;
  const { token_ids: ids, ended } = target.list;
  return describe(target, condition, { ids, ended }, form);
};

function describe(
  { list }: Target,
  { sae_id, protocol, arm, k, draw }: Condition,
  { ids, ended }: Pick<WrittenList, 'ids' | 'ended'>,
  form: TokenForm,
): Outcome {
  const written = { ids, promptLength: list.n_prompt_tokens, ended };
  const { metrics, items } = listMetrics(written, form);
  const condition = { sae_id, protocol, arm, k, draw };
  const row = { sample_id: list.sample_id, ...condition, ...metrics, token_ids: [...ids] };
  return { topic: list.topic, row, items };
}
