import type { Contrast } from '../../interp/steering.ts';
import type { SaeSpec } from '../../sae/sae.ts';
import type { CostRow } from '../../schema/baseline-costs.ts';
import type { VectorRow } from '../../schema/steering-vectors.ts';
import type { Setting } from './setting.ts';
import type { Cell } from './vectors.ts';

/** A method that changes nothing. */
const NOTHING = {
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

/** Features are attributed in each list with one forward and one backward pass. */
export function costRows(
  { study, reader, form }: Setting,
  cells: readonly Cell[],
  saes: readonly SaeSpec[],
): CostRow[] {
  const nLists = cells.reduce((sum, { targets }) => sum + targets.length, 0);
  const ends = form.stopIds.length;
  const steering = (method: VectorRow['method'], needs: CostRow['needs']): CostRow => ({
    ...NOTHING,
    method,
    needs,
    forward_passes: cells.reduce(
      (sum, { contrasts }) => sum + sequencesOf(contrasts.get(method)!),
      0,
    ),
    added_vectors: 1,
    extra_parameters: reader.model.dims.dModel,
  });
  const ablation = { ...NOTHING, method: 'ablation', needs: 'finished lists' } as const;
  return [
    steering('steering', 'both prompts'),
    steering('steering_item_end', 'finished lists'),
    { ...NOTHING, method: 'end_logit', biased_tokens: ends },
    { ...NOTHING, method: 'ban_end', biased_tokens: ends },
    { ...NOTHING, method: 'ban_blank', biased_tokens: 1 },
    { ...NOTHING, method: 'ban_both', biased_tokens: ends + 1 },
    { ...NOTHING, method: 'swap_word', prompt_tokens: 1 },
    { ...NOTHING, method: 'drop_word', prompt_tokens: 1 },
    ...saes.map((sae) => ({
      ...ablation,
      sae_id: sae.id,
      forward_passes: nLists,
      backward_passes: nLists,
      feature_edits: study.ablation.k,
      extra_parameters: parametersOf(sae),
    })),
  ];
}

const sequencesOf = ({ from, toward }: Contrast): number => from.length + toward.length;

/** Encoder, decoder, both biases and the thresholds. */
const parametersOf = ({ dIn, dSae, dOut }: SaeSpec): number => (dIn + dOut + 2) * dSae + dOut;
