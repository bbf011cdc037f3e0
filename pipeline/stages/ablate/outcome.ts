import { listMetrics } from '../../lists/list-metrics.ts';
import type { WrittenList } from '../../lists/read-list.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { Completion, Prompt } from '../../runtime/generate.ts';
import type { AblationRow } from '../../schema/ablations.ts';
import type { MeasuredList } from '../differences.ts';
import type { Target } from './target.ts';

/** The columns of `ablations` that identify a condition. */
export type Condition = Pick<AblationRow, 'sae_id' | 'protocol' | 'arm' | 'k' | 'draw'>;

/** A list to be written under one condition. */
export interface Run extends Condition {
  readonly target: Target;
  readonly prompt: Prompt;
}

/** A list as written under one condition. */
export type Outcome = MeasuredList<AblationRow>;

/** The same without its text and tokens: what is left in memory once they are in the table. */
export type MeasuredOutcome = MeasuredList<Omit<AblationRow, 'text' | 'token_ids'>>;

export const measuredOf = ({ topic, row, items }: Outcome): MeasuredOutcome => {
  const { text: _, token_ids: __, ...measured } = row;
  return { topic, row: measured, items };
};

export const outcomeOf = (
  { target, prompt, ...condition }: Run,
  { ids, ended }: Completion,
  form: TokenForm,
): Outcome => measureOutcome(target, condition, { ids: [...prompt.prompt, ...ids], ended }, form);

/** The sampled list itself, as the baseline of one protocol. */
export const baselineOf = (
  target: Target,
  protocol: AblationRow['protocol'],
  form: TokenForm,
): Outcome => {
  const condition = { sae_id: null, protocol, arm: 'baseline', k: null, draw: null } as const;
  const { token_ids: ids, ended } = target.list;
  return measureOutcome(target, condition, { ids, ended }, form);
};

function measureOutcome(
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
