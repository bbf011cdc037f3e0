import type { Value } from '../graph/builder.ts';
import type { ModelDims } from '../schema/model-dims.ts';
import type { ByAttentionKind } from './attention-kind.ts';
import type { Weights } from './weights.ts';

export type { ModelDims };

/**
 * Inputs of the transformer blocks: B sequences of T new tokens. Each sequence may continue earlier tokens, whose keys
 * and values are in a cache of S slots, followed by R recent tokens.
 */
export interface BlockInputs {
  /** [B, T, d_model]: embedded tokens, or the residual stream before layer `from`. */
  readonly resid: Value;
  /** The first layer that runs: 0 where left out; the number of layers for none. Hooks exist from there on. */
  readonly from?: number;
  /** int64 [B, T] */
  readonly positions: Value;
  /** Attention bias of the new tokens on the recent and the new tokens. */
  readonly bias: AttentionBias;
  /** Keys and values of R tokens between the cached and the new tokens, concatenated with those of the new tokens. */
  readonly recent?: Pick<Cache, 'keys' | 'values'>;
  readonly cache?: Cache;
  /**
   * Replaces the value of a hook for the rest of the model; returns the value itself at hooks that it does not edit.
   */
  readonly edit?: (hook: string, value: Value) => Value;
}

/**
 * Added to attention scores: 0 where a query may attend to a key, a large negative number where it may not. For each
 * kind of layer [B, 1, T, T]; on a cache [B, 1, T, S]; on recent and new tokens [B, 1, T, R + T].
 */
export type AttentionBias = ByAttentionKind<Value>;

/** Keys (rotated) and values of earlier tokens: for each layer that has them, [B, nKeyValueHeads, S, d_head]. */
export interface Cache {
  /** The first layer that has them: 0 where left out. */
  readonly from?: number;
  readonly keys: readonly Value[];
  readonly values: readonly Value[];
  readonly bias: AttentionBias;
}

/** A cache by the positions of its tokens, from which its bias follows. */
export interface CachedTokens extends Omit<Cache, 'bias'> {
  /** int64 [B, S]: MASKED where a slot has no token. */
  readonly positions: Value;
}

export interface BlockOutputs {
  /** [B, T, d_model]: the residual stream after the last layer. */
  readonly resid: Value;
  /** Keys (rotated) of the recent and the new tokens: for each layer that runs, [B, nKeyValueHeads, R + T, d_head]. */
  readonly keys: readonly Value[];
  /** Values, of the same shape. */
  readonly values: readonly Value[];
}

export interface Logits {
  /** [..., d_model]: the input of the unembedding. */
  readonly finalNorm: Value;
  /** [..., d_vocab]: the model's logits, after the final softcap where it has one. */
  readonly logits: Value;
  /** [..., d_vocab]: the logits before the final softcap. */
  readonly uncapped: Value;
}

export interface UnembedOptions {
  /** int64 [n]: the tokens whose logits to compute; all d_vocab where left out. */
  readonly ids?: Value;
  /**
   * [..., d_model]: the residual stream whose RMS the final norm divides by; the unembedded one where left out. With
   * the RMS of the whole stream, the logits of its parts add up to those of the whole. `none`: no final norm.
   */
  readonly normOf?: Value | 'none';
}

/**
 * A transformer as functions that add nodes to a graph. Hook points are named as in TransformerLens
 * (`blocks.14.attn.hook_z`); `graph.find` returns their values.
 */
export interface Architecture {
  readonly dims: ModelDims;
  /** Attention window of each kind of layer that the model has, in tokens, the query included; null for no limit. */
  readonly windows: ByAttentionKind<number | null>;
  /** The longest sequence, in tokens. */
  readonly maxPositions: number;
  /** Name and shape of every weight. */
  readonly weights: ReadonlyMap<string, readonly number[]>;
  /** int64 [B, T] → [B, T, d_model]: embedded tokens, scaled where the model scales them. */
  embed(weights: Weights, ids: Value): Value;
  /** All layers. */
  blocks(weights: Weights, inputs: BlockInputs): BlockOutputs;
  /**
   * hook_z [..., nHeads · d_head] → [..., d_model]: the output projection of a layer's heads, before any norm after it.
   */
  projectHeads(weights: Weights, layer: number, z: Value): Value;
  /** [..., d_model] → [..., d_vocab]: final norm, unembedding and softcap, of the residual stream of any layer. */
  unembed(weights: Weights, resid: Value, options?: UnembedOptions): Logits;
}
