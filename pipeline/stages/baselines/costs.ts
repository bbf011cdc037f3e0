import type { Contrast } from '../../interp/steering.ts';
import { parametersOf, type SaeSpec } from '../../sae/sae.ts';
import type { CostRow } from '../../schema/baseline-costs.ts';
import type { VectorRow } from '../../schema/steering-vectors.ts';
import type { BaselineSetting } from './setting.ts';
import type { SteeringCell } from './vectors.ts';

/** The costs of a method that needs and changes nothing. */
const NO_COST = {
  sae_id: null,
  needs: 'nothing',
  forward_passes: 0,
  backward_passes: 0,
  feature_edits: 0,
  added_vectors: 0,
  biased_tokens: 0,
  prompt_tokens: 0,
  extra_parameters: 0,
} as const;

/** What each method needs, edits and computes. */
export function costRows(
  { study, reader, form }: BaselineSetting,
  cells: readonly SteeringCell[],
  saes: readonly SaeSpec[],
): CostRow[] {
  const nLists = cells.reduce((sum, { targets }) => sum + targets.length, 0);
  const stopTokens = form.stopIds.length;
  const steering = (method: VectorRow['method'], needs: CostRow['needs']): CostRow => ({
    ...NO_COST,
    method,
    needs,
    forward_passes: cells.reduce(
      (sum, { contrasts }) => sum + sequencesOf(contrasts.get(method)!),
      0,
    ),
    added_vectors: 1,
    extra_parameters: reader.model.dims.dModel,
  });
  return [
    steering('steering', 'both prompts'),
    steering('steering_item_end', 'finished lists'),
    { ...NO_COST, method: 'end_logit', biased_tokens: stopTokens },
    { ...NO_COST, method: 'ban_end', biased_tokens: stopTokens },
    { ...NO_COST, method: 'ban_blank', biased_tokens: 1 },
    { ...NO_COST, method: 'ban_both', biased_tokens: stopTokens + 1 },
    { ...NO_COST, method: 'swap_word', prompt_tokens: 1 },
    { ...NO_COST, method: 'drop_word', prompt_tokens: 1 },
    ...saes.map((sae) => ablationCost(sae, nLists, study.ablation.k)),
  ];
}

/** Attribution takes one forward and one backward pass for each list. @param k features zeroed in each list */
const ablationCost = (sae: SaeSpec, nLists: number, k: number): CostRow => ({
  ...NO_COST,
  method: 'ablation',
  needs: 'finished lists',
  sae_id: sae.id,
  forward_passes: nLists,
  backward_passes: nLists,
  feature_edits: k,
  extra_parameters: parametersOf(sae),
});

const sequencesOf = ({ from, toward }: Contrast): number => from.length + toward.length;
