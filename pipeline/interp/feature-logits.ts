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

/** What one feature's decoder direction does to the logits, on its own. */
export interface FeatureLogits {
  readonly feature: number;
  /** The most raised first. */
  readonly promoted: readonly TokenLogit[];
  /** The most lowered first. */
  readonly suppressed: readonly TokenLogit[];
}

export interface FeatureLogitsOptions {
  readonly features: readonly number[];
  /** Tokens kept of each feature, promoted and suppressed. */
  readonly top: number;
}

/**
 * The tokens that features promote and suppress: each decoder direction, of unit activation, through the
 * unembedding alone. A direction of the heads' outputs goes through their output projection first. No norm is
 * applied on the way, so that logits compare within a feature, not between layers.
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
  for (let start = 0; start < features.length; start += TOGETHER) {
    const together = features.slice(start, start + TOGETHER);
    const direction = directionsOf(sae, together);
    const outputs = await session.run({ direction, k: int64([top], [1]) });
    rows.push(...logitRows(outputs, together, top));
  }
  return rows;
}

/** Features that run together: of each, the logits of the whole vocabulary are held. */
const TOGETHER = 256;

/** Directions through the unembedding. */
export function directionGraph(model: Model, { family, layer, dOut }: SaeSpec): Graph {
  const graph = new Graph();
  const weights = model.load(graph);
  const direction = graph.input('direction', 'float32', ['N', dOut]);
  const written = family === 'att' ? model.projectHeads(weights, layer, direction) : direction;
  const { uncapped } = model.unembed(weights, written, { normOf: 'none' });
  const k = graph.input('k', 'int64', [1]);
  const output = (name: string, logits: Value) => {
    const { values, indices } = topK(logits, k, 'k');
    graph.output(`${name} logit`, values);
    graph.output(`${name} token`, indices);
  };
  output('promoted', uncapped);
  output('suppressed', neg(uncapped));
  return graph;
}

export const directionUse = (model: Model, sae: SaeSpec, top: number): GraphUse => ({
  name: sae.id,
  graph: () => directionGraph(model, sae),
  sizes: () => ({ N: TOGETHER, k: top }),
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
  const list = (name: string, row: number, sign: number): TokenLogit[] => {
    const [tokens, logits] = [ints(outputs, `${name} token`), floats(outputs, `${name} logit`)];
    return Array.from({ length: top }, (_, i) => ({
      tokenId: Number(tokens[row * top + i]),
      logit: sign * logits[row * top + i]!,
    }));
  };
  return features.map((feature, row) => ({
    feature,
    promoted: list('promoted', row, 1),
    suppressed: list('suppressed', row, -1),
  }));
}
