import type { Value } from '../graph/builder.ts';
import { inverseRms, scale, softcap } from '../graph/functions.ts';
import { mul } from '../graph/ops.ts';
import type { Architecture, Logits, ModelDims, UnembedOptions } from './architecture.ts';
import { blocks } from './block.ts';
import type { DecoderSpec } from './decoder-spec.ts';
import { scaleByWeight } from './norm.ts';
import {
  EMBEDDING,
  FINAL_NORM,
  layerWeightName,
  unembeddingName,
  weightShapes,
} from './weight-names.ts';
import { linear, type Weights } from './weights.ts';

/** The architecture of a decoder-only transformer. */
export const decoder = (spec: DecoderSpec): Architecture => ({
  dims: spec.dims,
  windows: spec.attention.windows,
  maxPositions: spec.attention.maxPositions,
  weights: weightShapes(spec),
  embed: (weights, ids) => embed(spec, weights, ids),
  blocks: (weights, inputs) => blocks(spec, weights, inputs),
  projectHeads: (weights, layer, z) => weights.product(z, layerWeightName(spec, layer, 'o')),
  unembed: (weights, resid, options) => unembed(spec, weights, resid, options),
});

/** `E[id]` times the embedding scale. */
function embed({ dims, embeddingScale }: DecoderSpec, weights: Weights, ids: Value): Value {
  limitTokens(ids, dims);
  const rows = weights.rows(EMBEDDING, ids);
  return embeddingScale === 1 ? rows : scale(rows, embeddingScale);
}

function unembed(
  spec: DecoderSpec,
  weights: Weights,
  resid: Value,
  { ids, normOf = resid }: UnembedOptions = {},
): Logits {
  const finalNorm = normOf === 'none' ? resid : applyFinalNorm(spec, weights, resid, normOf);
  if (ids) limitTokens(ids, spec.dims);
  const uncapped = ids
    ? linear(finalNorm, weights.rows(unembeddingName(spec), ids))
    : weights.exactProduct(finalNorm, unembeddingName(spec));
  const cap = spec.unembedding.softcap;
  return { finalNorm, uncapped, logits: cap === null ? uncapped : softcap(uncapped, cap) };
}

const limitTokens = (ids: Value, { dVocab }: ModelDims): void =>
  ids.graph.limitIndices(ids, {
    end: dVocab,
    noun: 'token id',
    remedy: 'use the tokenizer of this model',
  });

/** The final norm of `resid`, but divided by the RMS of `normOf`. */
function applyFinalNorm(
  { norms }: DecoderSpec,
  weights: Weights,
  resid: Value,
  normOf: Value,
): Value {
  const normalized = mul(resid, inverseRms(normOf, norms.eps));
  return scaleByWeight(normalized, weights.vector(FINAL_NORM), norms);
}
