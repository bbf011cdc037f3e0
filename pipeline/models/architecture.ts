import type { Value } from '../graph/builder.ts';
import type { ByKind } from './attention-kind.ts';
import type { Weights } from './weights.ts';

export interface ModelDims {
  readonly nLayers: number;
  readonly nHeads: number;
  readonly nKeyValueHeads: number;
  readonly dModel: number;
  readonly dHead: number;
  readonly dMlp: number;
  readonly dVocab: number;
}

/** What a block of tokens is computed from. B sequences, T new tokens each, S cached ones. */
export interface BlockInputs {
  /** [B, T, d_model]: embedded tokens. */
  readonly resid: Value;
  /** int64 [B, T] */
  readonly positions: Value;
  /** What each new token may attend to among the recent and the new ones: 0, or a large negative number. */
  readonly bias: AttentionBias;
  /** Of tokens just before the new ones, which are put behind them: a short part of the past, that grows. */
  readonly recent?: Pick<Cache, 'keys' | 'values'>;
  readonly cache?: Cache;
  /** What the rest of the model reads in place of a hook's value; the value itself where left out. */
  readonly edit?: (hook: string, value: Value) => Value;
}

/** [B, 1, T, T] for each kind of layer (or [B, 1, T, S] for a cache, [B, 1, T, R + T] after R recent ones). */
export type AttentionBias = ByKind<Value>;

/** Keys (rotated) and values of earlier tokens, one each a layer, [B, nKeyValueHeads, S, d_head]. */
export interface Cache {
  readonly keys: readonly Value[];
  readonly values: readonly Value[];
  readonly bias: AttentionBias;
}

export interface BlockOutputs {
  /** [B, T, d_model]: the residual stream after the last layer. */
  readonly resid: Value;
  /** Of the recent and the new tokens, as a cache holds them: [B, nKeyValueHeads, T, d_head] where none are recent. */
  readonly keys: readonly Value[];
  readonly values: readonly Value[];
}

export interface Logits {
  /** [..., d_model]: what the unembedding reads. */
  readonly finalNorm: Value;
  /** [..., d_vocab]: what the model predicts with. */
  readonly logits: Value;
  /** Before the final softcap. */
  readonly uncapped: Value;
}

export interface UnembedOptions {
  /** int64 [n]: only these tokens' logits, in place of all d_vocab. */
  readonly ids?: Value;
  /**
   * The residual stream whose RMS divides, in place of the unembedded one's own: the final norm as it was there,
   * which makes the logits of parts of a residual stream add up. `none`: no final norm at all.
   */
  readonly normOf?: Value | 'none';
}

/**
 * A transformer as functions over the graph builder. Its hook points become values of the graph, named as
 * in TransformerLens (`blocks.14.attn.hook_z`), and are found by `graph.find`.
 */
export interface Architecture {
  readonly dims: ModelDims;
  /** The kinds of layer that it has, with the keys that a query sees there, its own included; null for all before it. */
  readonly windows: ByKind<number | null>;
  /** Name and shape of every weight. */
  readonly weights: ReadonlyMap<string, readonly number[]>;
  /** [B, T] int64 → [B, T, d_model], scaled as the first layer reads it. */
  embed(weights: Weights, ids: Value): Value;
  blocks(weights: Weights, inputs: BlockInputs): BlockOutputs;
  /** [..., nHeads · d_head] → [..., d_model]: what a layer's heads write, before the norm after attention. */
  projectHeads(weights: Weights, layer: number, z: Value): Value;
  /** [..., d_model] → [..., d_vocab]: final norm, unembedding, softcap; of any layer's residual stream. */
  unembed(weights: Weights, resid: Value, options?: UnembedOptions): Logits;
}
