import { Graph, type Value } from '../graph/builder.ts';
import { neg, topK } from '../graph/ops.ts';
import { float32, int64, type Tensor } from '../graph/tensor.ts';
import type { Model } from '../models/model.ts';
import { openSession, type Provider, type Session } from '../runtime/session.ts';
import type { Sae, SaeSpec } from '../sae/sae.ts';

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

/**
 * The tokens that features promote and suppress: each decoder direction, of unit activation, through the
 * unembedding alone. A direction of the heads' outputs goes through their output projection first. No norm is
 * applied on the way, so that logits compare within a feature, not between layers.
 *
 * Source: Cunningham et al. (2023), arXiv 2309.08600, section 5, after nostalgebraist's logit lens.
 *
 * @param features which of the SAE's features
 */
export async function featureLogits(
  model: Model,
  sae: Sae,
  features: readonly number[],
  { provider, top }: { readonly provider: Provider; readonly top: number },
): Promise<FeatureLogits[]> {
  const session = await openSession(directionGraph(model, sae), { provider });
  try {
    const found: FeatureLogits[] = [];
    for (let start = 0; start < features.length; start += BATCH)
      found.push(...(await readBatch(session, sae, features.slice(start, start + BATCH), top)));
    return found;
  } finally {
    await session.release();
  }
}

/** Features at a time: of each, the logits of the whole vocabulary are held. */
export const BATCH = 256;

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

async function readBatch(
  session: Session,
  { dOut, params }: Sae,
  features: readonly number[],
  top: number,
): Promise<FeatureLogits[]> {
  const directions = new Float32Array(features.length * dOut);
  features.forEach((feature, i) => {
    directions.set(params.W_dec.data.subarray(feature * dOut, (feature + 1) * dOut), i * dOut);
  });
  const found = await session.run({
    direction: float32(directions, [features.length, dOut]),
    k: int64([top], [1]),
  });
  const list = (name: string, row: number, sign: number): TokenLogit[] => {
    const [tokens, logits] = [found[`${name} token`]!, found[`${name} logit`]!] as [Tensor, Tensor];
    return Array.from({ length: top }, (_, i) => ({
      tokenId: Number(tokens.data[row * top + i]),
      logit: sign * Number(logits.data[row * top + i]),
    }));
  };
  return features.map((feature, row) => ({
    feature,
    promoted: list('promoted', row, 1),
    suppressed: list('suppressed', row, -1),
  }));
}
