import { BATCH, directionGraph, featureLogits, type TokenLogit } from '../interp/feature-logits.ts';
import { featureId } from '../sae/sae.ts';
import { integer, oneOf, type Row, real, table, text } from '../schema/table.ts';
import { saeId } from './5-sae-quality.ts';
import { features } from './features.ts';
import { defineStage, shapesOf } from './stage.ts';

const EFFECTS = ['promoted', 'suppressed'] as const;

export const featureLogitsTable = table('feature_logits', 'one token that one feature acts on', {
  feature_id: text('SAE and feature: res_20_1491'),
  sae_id: saeId,
  feature: integer('feature of the SAE'),
  effect: oneOf(EFFECTS, 'whether its logit is raised or lowered'),
  rank: integer('place by size, from 1'),
  token_id: integer('id in the vocabulary'),
  token: text('its text'),
  logit: real('what the feature adds at unit activation, unembedded without a norm', 'logits'),
});

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
        const row = (effect: (typeof EFFECTS)[number]) => (at: TokenLogit, rank: number) => ({
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
