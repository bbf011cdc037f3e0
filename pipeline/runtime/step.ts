import type { Value } from '../graph/builder.ts';
import { reshape } from '../graph/layout.ts';
import { gather } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import type { BlockInputs, CachedTokens } from '../models/architecture.ts';
import { attentionBias } from '../models/attention-bias.ts';
import type { Model } from '../models/model.ts';
import type { Weights } from '../models/weights.ts';
import { addLogitBias } from './intervention.ts';
import { nucleus, sampleToken } from './sampling.ts';

/** T new tokens of B sequences, after S cached and R recent tokens (as in `BlockInputs`). */
export interface StepInputs {
  /** int64 [B, T] */
  readonly ids: Value;
  /** int64 [B, T] */
  readonly positions: Value;
  /** int64 [B, R + T]: positions of the recent and the new tokens, MASKED where a token is padding. */
  readonly keyPositions: Value;
  readonly cache: CachedTokens;
  readonly recent?: BlockInputs['recent'];
  /** int64 [N]: indices in [B · T] of the tokens after which to sample; all where left out. */
  readonly lastRows?: Value;
  readonly edits: readonly NonNullable<BlockInputs['edit']>[];
  readonly sampling: SamplingInputs;
}

/** The inputs of nucleus sampling. */
export interface SamplingInputs {
  /** [1] */
  readonly temperature: Value;
  /** [1] */
  readonly topP: Value;
  /** int64 [1]: number of likeliest tokens to consider. */
  readonly k: Value;
  /** [N, 1]: uniform draws on [0, 1). */
  readonly uniform: Value;
  readonly logitBias?: Float32Array | undefined;
}

export interface StepOutputs {
  /** int64 [N, 1]: sampled token ids. */
  readonly token: Value;
  /** [N, 1]: probability mass of the k likeliest tokens; the sample is exact where it is at least topP. */
  readonly mass: Value;
  /** Keys of the recent and the new tokens: for each layer, [B, nKeyValueHeads, R + T, d_head]. */
  readonly keys: readonly Value[];
  /** Values, of the same shape. */
  readonly values: readonly Value[];
}

/** One step of generation: run new tokens through the model, and sample the next tokens. */
export function step(model: Model, weights: Weights, inputs: StepInputs): StepOutputs {
  const { ids, positions, keyPositions, cache, recent, lastRows, edits, sampling } = inputs;
  const { resid, keys, values } = model.blocks(weights, {
    resid: model.embed(weights, ids),
    positions,
    edit: (hook, value) => edits.reduce((edited, edit) => edit(hook, edited), value),
    bias: attentionBias(positions, keyPositions, model.windows),
    ...(recent && { recent }),
    cache: { ...cache, bias: attentionBias(positions, cache.positions, model.windows) },
  });
  const flat = reshape(resid, [product(ids.shape), model.dims.dModel]);
  const { logits } = model.unembed(weights, lastRows ? gather(flat, lastRows) : flat);
  const { temperature, topP, k, uniform, logitBias } = sampling;
  const biased = logitBias === undefined ? logits : addLogitBias(logits, logitBias);
  const candidates = nucleus(biased, temperature, topP, k);
  return { token: sampleToken(candidates, uniform), mass: candidates.mass, keys, values };
}
