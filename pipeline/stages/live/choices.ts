import type { ModelDims } from '../../models/architecture.ts';
import type { SaeFile } from '../../sae/sae.ts';
import type { EffectRow } from '../../schema/ablation-effects.ts';
import type { EffectRow as BaselineRow } from '../../schema/baseline-effects.ts';
import type { ExplanationRow } from '../../schema/explanations.ts';

/** The SAE whose features, set to zero, lengthen lists most. @throws where the study edits none */
export function chooseSae(
  saes: readonly SaeFile[],
  effects: readonly EffectRow[],
  { k }: { readonly k: number },
): SaeFile {
  const ofSaes = effects.filter(
    (row) =>
      row.sae_id !== null &&
      row.topic === null &&
      row.protocol === 'from-prompt' &&
      row.arm === 'ablated' &&
      row.metric === 'n_items' &&
      row.k === k,
  );
  const strongest = ofSaes.toSorted((a, b) => b.mean - a.mean)[0];
  const chosen = saes.find(({ id }) => id === strongest?.sae_id) ?? saes[0];
  if (chosen === undefined) throw new Error('no SAEs: the page try/ needs one to edit');
  return chosen;
}

/** The features of an SAE with a label by rule, in the order of the table: the most attributed first. */
export const labelledFeatures = (rows: readonly ExplanationRow[], saeId: string): number[] =>
  rows.flatMap(({ sae_id, method, feature }) =>
    sae_id === saeId && method === 'rule' ? [feature] : [],
  );

/** The layer at which steering at the ends of items lengthens lists most; the last where it was not measured. */
export function chooseLayer(effects: readonly BaselineRow[], { nLayers }: ModelDims): number {
  const steered = effects.filter(
    ({ method, metric, layer }) =>
      method === 'steering_item_end' && metric === 'n_items' && layer !== null,
  );
  return steered.toSorted((a, b) => b.mean - a.mean)[0]?.layer ?? nLayers - 1;
}
