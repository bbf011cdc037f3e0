import { directionUse, featureLogits, type TokenLogit } from '../interp/feature-logits.ts';
import { shapesOf } from '../interp/sae-sessions.ts';
import { featureId } from '../sae/sae.ts';
import { type Effect, featureLogitsTable } from '../schema/feature-logits.ts';
import { features } from '../schema/features.ts';
import type { Row } from '../schema/table.ts';
import { defineStage } from './define.ts';

/** Tokens kept of each feature and effect. */
const TOP = 10;

/** What the features that the end is attributed to say in the words of the vocabulary. */
export const featureLogitsStage = defineStage({
  name: 'feature-logits',
  source: import.meta.url,
  settings: [],
  needs: ['model', 'tokenizer', 'saes'],
  reads: [features],
  writes: [featureLogitsTable],

  graphs: ({ model, saes }) => shapesOf(saes).map((sae) => directionUse(model, sae, TOP)),

  async run({ model, tokenizer, saes, read, write, progress }) {
    const wanted = Map.groupBy(await read(features), ({ sae_id }) => sae_id);
    const out: Row<typeof featureLogitsTable>[] = [];
    for (const [i, file] of saes.entries()) {
      const sae = await file.load();
      const chosen = (wanted.get(sae.id) ?? []).map(({ feature }) => feature);
      for (const found of await featureLogits(model, sae, { features: chosen, top: TOP })) {
        const row = (effect: Effect) => (token: TokenLogit, rank: number) => ({
          feature_id: featureId(sae.id, found.feature),
          sae_id: sae.id,
          feature: found.feature,
          effect,
          rank: rank + 1,
          token_id: token.tokenId,
          token: tokenizer.token(token.tokenId),
          logit: token.logit,
        });
        out.push(
          ...found.promoted.map(row('promoted')),
          ...found.suppressed.map(row('suppressed')),
        );
      }
      progress(i + 1, saes.length, 'SAEs');
    }
    write(featureLogitsTable, out);
  },
});
