import { METHODS } from './baseline-columns.ts';
import { saeId } from './shared-columns.ts';
import { integer, nullable, oneOf, type Row, table } from './table.ts';

/** What must be known before a method can be used. */
const NEEDS = ['nothing', 'both prompts', 'finished lists'] as const;

export const baselineCosts = table('baseline_costs', 'what one method takes', {
  method: oneOf([...METHODS.slice(1), 'ablation'], 'a method, or ablation of one SAE’s features'),
  sae_id: nullable({ ...saeId, meaning: 'the SAE; ablation only' }),
  needs: oneOf(NEEDS, 'what must be known before it can be used'),
  forward_passes: integer(
    'sequences read to find what to change, for all lists; for all SAEs at once',
    'sequences',
  ),
  backward_passes: integer('gradients taken to find it', 'sequences'),
  feature_edits: integer('pairs of position and feature that are zeroed in a list at most'),
  added_vectors: integer('vectors that are added at every position'),
  biased_tokens: integer('tokens whose logit is changed', 'tokens'),
  prompt_tokens: integer('tokens of the prompt that are replaced or left out', 'tokens'),
  extra_parameters: integer('numbers that it brings beside the model’s own'),
});

export type CostRow = Row<typeof baselineCosts>;
