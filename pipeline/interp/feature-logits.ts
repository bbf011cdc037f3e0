import { Graph, type Value } from '../graph/builder.ts';
import type { GraphUse } from '../graph/graph-use.ts';
import { neg, topK } from '../graph/ops.ts';
import { float32, int64 } from '../graph/tensor.ts';
import type { Model } from '../models/model.ts';
import { floats, ints } from '../runtime/outputs.ts';
import { type Fetches, openSession } from '../runtime/session.ts';
import type { Sae, SaeSpec } from '../sae/sae.ts';
import type { Reader } from './reader.ts';

export interface TokenLogit {
  readonly tokenId: number;
  readonly logit: number;
}

/** The tokens whose logits one feature's decoder direction changes most. */
export interface FeatureLogits {
  readonly feature: number;
  /** In descending order of the logit. */
  readonly promoted: readonly TokenLogit[];
  /** In ascending order of the logit. */
  readonly suppressed: readonly TokenLogit[];
}

export interface FeatureLogitsOptions {
  readonly features: readonly number[];
  /** Number of promoted and of suppressed tokens per feature. */
  readonly top: number;
}

/**
 * The tokens that features promote and suppress directly: each feature's decoder direction, at activation 1, multiplied
 * by the unembedding. A direction in the space of hook_z first goes through the heads' output projection. No norm is
 * applied, so logits are comparable within a feature, but not between layers.
 *
 * Source: Cunningham et al. (2023), arXiv 2309.08600, section 5, after nostalgebraist's logit lens.
 */
export async function featureLogits(
  reader: Pick<Reader, 'model' | 'provider'>,
  sae: Sae,
  { features, top }: FeatureLogitsOptions,
): Promise<FeatureLogits[]> {
  await using session = await openSession(directionGraph(reader.model, sae), reader);
  const rows: FeatureLogits[] = [];
  for (let start = 0; start < features.length; start += BATCH) {
    const batch = features.slice(start, start + BATCH);
    const direction = directionsOf(sae, batch);
    const outputs = await session.run({ direction, k: int64([top], [1]) });
    rows.push(...logitRows(outputs, batch, top));
  }
  return rows;
}

/** Features per run. The graph holds [BATCH, d_vocab] logits. */
const BATCH = 256;

/** Outputs: the logits and tokens, [N, k], of the k largest and the k smallest logits of N directions [N, d_out]. */
export function directionGraph(model: Model, { family, layer, dOut }: SaeSpec): Graph {
  const graph = new Graph();
  const weights = model.load(graph);
  const direction = graph.input('direction', 'float32', ['N', dOut]);
  const inResid = family === 'att' ? model.projectHeads(weights, layer, direction) : direction;
  const { uncapped } = model.unembed(weights, inResid, { normOf: 'none' });
  const k = graph.input('k', 'int64', [1]);
  const outputTopK = (name: string, logits: Value) => {
    const { values, indices } = topK(logits, k, 'k');
    graph.output(`${name} logit`, values);
    graph.output(`${name} token`, indices);
  };
  outputTopK('promoted', uncapped);
  outputTopK('suppressed', neg(uncapped));
  return graph;
}

export const directionUse = (model: Model, sae: SaeSpec, top: number): GraphUse => ({
  name: sae.id,
  graph: () => directionGraph(model, sae),
  sizes: () => ({ N: BATCH, k: top }),
});

/** [features, d_out]: rows of W_dec. */
function directionsOf({ dOut, params: { W_dec } }: Sae, features: readonly number[]) {
  const directions = new Float32Array(features.length * dOut);
  features.forEach((feature, i) => {
    directions.set(W_dec.data.subarray(feature * dOut, (feature + 1) * dOut), i * dOut);
  });
  return float32(directions, [features.length, dOut]);
}

function logitRows(outputs: Fetches, features: readonly number[], top: number): FeatureLogits[] {
  const topTokens = (name: string, row: number, sign: number): TokenLogit[] => {
    const [tokens, logits] = [ints(outputs, `${name} token`), floats(outputs, `${name} logit`)];
    return Array.from({ length: top }, (_, i) => ({
      tokenId: Number(tokens[row * top + i]),
      logit: sign * logits[row * top + i]!,
    }));
  };
  return features.map((feature, row) => ({
    feature,
    promoted: topTokens('promoted', row, 1),
    suppressed: topTokens('suppressed', row, -1),
  }));
}
