import { BATCH, directionGraph, featureLogits, type TokenLogit } from '../interp/feature-logits.ts';
import { featureId } from '../sae/sae.ts';
import { type Effect, featureLogitsTable } from '../schema/feature-logits.ts';
import { features } from '../schema/features.ts';
import type { Row } from '../schema/table.ts';
import { defineStage, shapesOf } from './stage.ts';

/** Tokens kept of each feature and effect. */
const TOP = 10;

/** What the features that the end is attributed to say in the words of the vocabulary. */
export const featureLogitsStage = defineStage({
  name: 'feature-logits',
  source: import.meta.url,
  config: ['model', 'saes'],
  reads: [features],
  writes: [featureLogitsTable],

  graphs: ({ model, saes }) =>
    shapesOf(saes).map((sae) => ({
      name: sae.id,
      graph: () => directionGraph(model, sae),
      sizes: () => ({ N: BATCH, k: TOP }),
    })),

  async run({ provider, model, tokenizer, saes, read, write, progress }) {
    const gemma = model();
    const tokenize = tokenizer();
    const wanted = Map.groupBy(await read(features), ({ sae_id }) => sae_id);
    const out: Row<typeof featureLogitsTable>[] = [];
    const opened = await saes();
    for (const [i, file] of opened.entries()) {
      const sae = await file.load();
      const chosen = (wanted.get(sae.id) ?? []).map(({ feature }) => feature);
      for (const found of await featureLogits(gemma, sae, chosen, { provider, top: TOP })) {
        const row = (effect: Effect) => (at: TokenLogit, rank: number) => ({
          feature_id: featureId(sae.id, found.feature),
          sae_id: sae.id,
          feature: found.feature,
          effect,
          rank: rank + 1,
          token_id: at.tokenId,
          token: tokenize.token(at.tokenId),
          logit: at.logit,
        });
        out.push(
          ...found.promoted.map(row('promoted')),
          ...found.suppressed.map(row('suppressed')),
        );
      }
      progress(i + 1, opened.length, 'SAEs');
    }
    write(featureLogitsTable, out);
  },
});
