import { METHODS } from './baseline-columns.ts';
import { saeId } from './shared-columns.ts';
import { integer, nullable, oneOf, type Row, table } from './table.ts';

/** Data that a method requires in advance. */
const NEEDS = ['nothing', 'both prompts', 'finished lists'] as const;

export const baselineCosts = table('baseline_costs', 'the costs of one method', {
  method: oneOf([...METHODS.slice(1), 'ablation'], 'a method, or ablation of one SAE’s features'),
  sae_id: nullable({ ...saeId, meaning: 'the SAE; null for methods other than ablation' }),
  needs: oneOf(NEEDS, 'data that the method requires in advance'),
  forward_passes: integer(
    'forward passes to determine the edits of all lists; ablation shares them among its SAEs',
    'sequences',
  ),
  backward_passes: integer('backward passes to determine the edits of all lists', 'sequences'),
  feature_edits: integer('largest number of pairs of position and feature zeroed in a list'),
  added_vectors: integer('vectors added at every position'),
  biased_tokens: integer('tokens whose logits are changed', 'tokens'),
  prompt_tokens: integer('tokens of the prompt that are replaced or removed', 'tokens'),
  extra_parameters: integer('parameters in addition to those of the model'),
});

export type CostRow = Row<typeof baselineCosts>;
