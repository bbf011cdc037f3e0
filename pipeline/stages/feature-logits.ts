import {
  directionUse,
  type FeatureLogits,
  featureLogits,
  type TokenLogit,
} from '../interp/feature-logits.ts';
import { deepestOfEachShape } from '../interp/sae-sessions.ts';
import { featureId } from '../sae/sae.ts';
import { type Effect, featureLogitsTable } from '../schema/feature-logits.ts';
import { features } from '../schema/features.ts';
import type { Row } from '../schema/table.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import { defineStage } from './define.ts';

/** Tokens listed for each feature and effect. */
const TOP = 10;

/** The tokens that each attributed feature's decoder direction promotes and suppresses most (direct logit effect). */
export const featureLogitsStage = defineStage({
  name: 'feature-logits',
  source: import.meta.url,
  settings: [],
  needs: ['model', 'tokenizer', 'saes'],
  reads: [features],
  writes: [featureLogitsTable],

  graphs: ({ model, saes }) => deepestOfEachShape(saes).map((sae) => directionUse(model, sae, TOP)),

  async run({ model, tokenizer, saes, read, write, progress }) {
    const rowsOf = Map.groupBy(await read(features), ({ sae_id }) => sae_id);
    const out: LogitRow[] = [];
    for (const [i, file] of saes.entries()) {
      const sae = await file.load();
      const chosen = (rowsOf.get(sae.id) ?? []).map(({ feature }) => feature);
      for (const logits of await featureLogits(model, sae, { features: chosen, top: TOP }))
        out.push(...logitRows(sae.id, logits, tokenizer));
      progress(i + 1, saes.length, 'SAEs');
    }
    write(featureLogitsTable, out);
  },
});

type LogitRow = Row<typeof featureLogitsTable>;

function logitRows(
  saeId: string,
  { feature, promoted, suppressed }: FeatureLogits,
  tokenizer: Tokenizer,
): LogitRow[] {
  const rowOf =
    (effect: Effect) =>
    ({ tokenId, logit }: TokenLogit, rank: number): LogitRow => ({
      feature_id: featureId(saeId, feature),
      sae_id: saeId,
      feature,
      effect,
      rank: rank + 1,
      token_id: tokenId,
      token: tokenizer.token(tokenId),
      logit,
    });
  return [...promoted.map(rowOf('promoted')), ...suppressed.map(rowOf('suppressed'))];
}
