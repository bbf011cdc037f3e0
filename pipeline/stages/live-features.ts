import { encoderColumn } from '../sae/encoder-column.ts';
import type { Sae } from '../sae/sae.ts';
import { ablationEffects } from '../schema/ablation-effects.ts';
import { explanations } from '../schema/explanations.ts';
import { type LiveFeatureRow, liveFeatures } from '../schema/live-features.ts';
import { defineStage } from './define.ts';
import { chooseSae, labelledFeatures } from './live/choices.ts';

/**
 * The features that the page try/ can switch off in a model that the reader brings. The SAEs themselves are too large to publish; these
 * are few. None where only the largest activations count (TopK): what a feature is depends on all others then.
 */
export const liveFeaturesStage = defineStage({
  name: 'live-features',
  source: import.meta.url,
  settings: ['ablation'],
  needs: ['saes'],
  reads: [explanations, ablationEffects],
  writes: [liveFeatures],

  async run({ study, saes, read, write }) {
    const sae = await chooseSae(saes, await read(ablationEffects), study.ablation).load();
    const isAlone = sae.k === undefined && sae.hook === sae.outputHook;
    const features = isAlone ? labelledFeatures(await read(explanations), sae.id) : [];
    write(
      liveFeatures,
      features.map((feature) => rowOf(sae, feature)),
    );
  },
});

const rowOf = (sae: Sae, feature: number): LiveFeatureRow => {
  const { b_enc, threshold, W_dec } = sae.params;
  return {
    feature_id: `${sae.id}_${feature}`,
    sae_id: sae.id,
    feature,
    hook: sae.outputHook,
    encoder: [...encoderColumn(sae, feature)],
    bias: b_enc.data[feature]!,
    threshold: threshold.data[feature]!,
    decoder: [...W_dec.data.subarray(feature * sae.dOut, (feature + 1) * sae.dOut)],
  };
};
