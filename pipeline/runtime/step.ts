import type { Value } from '../graph/builder.ts';
import { gather, reshape } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import type { BlockInputs, Cache } from '../models/architecture.ts';
import { attentionBias } from '../models/attention-bias.ts';
import type { Model } from '../models/model.ts';
import type { Weights } from '../models/weights.ts';
import { addLogitBias } from './intervention.ts';
import { nucleus, pick } from './sampling.ts';

/** T new tokens of B sequences, after S cached and R recent ones. */
export interface StepInputs {
  /** int64 [B, T] */
  readonly ids: Value;
  /** int64 [B, T] */
  readonly positions: Value;
  /** int64 [B, R + T], MASKED where a token is padding */
  readonly keyPositions: Value;
  readonly cache: Pick<Cache, 'keys' | 'values'> & { readonly positions: Value };
  readonly recent?: BlockInputs['recent'];
  /** int64 [N]: the tokens, of B · T, after which one is sampled; all where left out. */
  readonly lastRows?: Value;
  readonly edits: readonly NonNullable<BlockInputs['edit']>[];
  readonly sampling: SamplingInputs;
}

/** What a token is sampled with. */
export interface SamplingInputs {
  /** [1] */
  readonly temperature: Value;
  /** [1] */
  readonly topP: Value;
  /** int64 [1] */
  readonly k: Value;
  /** [N, 1] */
  readonly uniform: Value;
  readonly logitBias?: Float32Array | undefined;
}

export interface StepOutputs {
  /** int64 [N, 1] */
  readonly token: Value;
  /** [N, 1]: what the k likeliest tokens held; the sample is exact where that is at least topP. */
  readonly mass: Value;
  /** Of the recent and the new tokens, one each a layer: [B, nKeyValueHeads, R + T, d_head]. */
  readonly keys: readonly Value[];
  readonly values: readonly Value[];
}

/** A step of generation, whoever drives it: new tokens through the model, and one sampled after each last one. */
export function step(model: Model, weights: Weights, inputs: StepInputs): StepOutputs {
  const { ids, positions, keyPositions, cache, recent, lastRows, edits, sampling } = inputs;
  const { resid, keys, values } = model.blocks(weights, {
    resid: model.embed(weights, ids),
    positions,
    edit: (at, value) => edits.reduce((edited, edit) => edit(at, edited), value),
    bias: attentionBias(positions, keyPositions, model.windows),
    ...(recent && { recent }),
    cache: { ...cache, bias: attentionBias(positions, cache.positions, model.windows) },
  });
  const flat = reshape(resid, [product(ids.shape), model.dims.dModel]);
  const { logits } = model.unembed(weights, lastRows ? gather(flat, lastRows) : flat);
  const { temperature, topP, k, uniform, logitBias } = sampling;
  const biased = logitBias === undefined ? logits : addLogitBias(logits, logitBias);
  const kept = nucleus(biased, temperature, topP, k);
  return { token: pick(kept, uniform), mass: kept.mass, keys, values };
}
