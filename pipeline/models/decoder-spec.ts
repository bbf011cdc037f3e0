import type { ModelDims } from './architecture.ts';
import type { AttentionKind, ByAttentionKind } from './attention-kind.ts';

/**
 * Specification of a decoder-only transformer with RMS norms, rotary position embeddings, grouped-query attention and a
 * gated MLP: everything in which such models differ. A model family's file derives it from config.json.
 */
export interface DecoderSpec {
  readonly dims: ModelDims;
  readonly norms: NormSpec;
  readonly attention: AttentionSpec;
  readonly mlp: { readonly activation: Activation };
  /** Projections that have a bias. */
  readonly biases: readonly Projection[];
  /** Factor of the embeddings before the first layer; 1 where the model does not scale them. */
  readonly embeddingScale: number;
  readonly unembedding: {
    /** Whether the unembedding shares the embedding's matrix; else its matrix is `lm_head`. */
    readonly tied: boolean;
    /** Softcap of the logits; null where there is none. */
    readonly softcap: number | null;
  };
}

/** The matrices of a layer: queries, keys, values and output of attention; gate, up and down of the MLP. */
export type Projection = 'q' | 'k' | 'v' | 'o' | 'gate' | 'up' | 'down';

export type Activation = 'gelu-tanh' | 'silu';

export interface NormSpec {
  readonly eps: number;
  /** Added to a norm's weight: Gemma's checkpoints store weight − 1. */
  readonly weightOffset: 0 | 1;
  /** Whether the outputs of attention and MLP are also normalized before they are added to the residual stream. */
  readonly afterSublayers: boolean;
}

export interface AttentionSpec {
  /** [layer]: the kind of each layer. */
  readonly layers: readonly AttentionKind[];
  /** Attention window in tokens, the query included; null for no limit. */
  readonly windows: ByAttentionKind<number | null>;
  /** Rotary position embeddings; kinds with the same object share one table of angles. */
  readonly rotary: ByAttentionKind<RotarySpec>;
  /** The longest context, in tokens. */
  readonly maxPositions: number;
  /** Factor of the attention scores. */
  readonly scale: number;
  /** Softcap of the attention scores; null where there is none. */
  readonly softcap: number | null;
  /** Whether each head's query and key are normalized before they are rotated. */
  readonly normalizesQueriesAndKeys: boolean;
}

export interface RotarySpec {
  /** θ: before scaling, the frequency of pair k is θ^(−2k / d_head) radians per position. */
  readonly base: number;
  /** How frequencies are reduced for contexts longer than in pretraining; null where they are not. */
  readonly scaling: RotaryScaling | null;
}

export type RotaryScaling = LinearScaling | Llama3Scaling | YarnScaling;

/** Every frequency is divided by the factor: positions are interpolated. Source: Chen et al. (2023), arXiv 2306.15595. */
export interface LinearScaling {
  readonly type: 'linear';
  readonly factor: number;
}

/**
 * Low frequencies are divided by the factor, high ones are kept, those between are interpolated. A frequency is low if it
 * makes fewer than `lowFrequencyFactor` turns in the original context, high if it makes more than `highFrequencyFactor`.
 * Source: Llama Team (2024), arXiv 2407.21783, and transformers, modeling_rope_utils.py.
 */
export interface Llama3Scaling {
  readonly type: 'llama3';
  readonly factor: number;
  readonly lowFrequencyFactor: number;
  readonly highFrequencyFactor: number;
  /** Context length in pretraining, in tokens. */
  readonly originalContext: number;
}

/**
 * Low frequencies are divided by the factor, high ones are kept, those between are interpolated by the number of their
 * pair; queries and keys grow with the factor. Source: Peng et al. (2023), arXiv 2309.00071, and transformers,
 * modeling_rope_utils.py.
 */
export interface YarnScaling {
  readonly type: 'yarn';
  /** At least 1. */
  readonly factor: number;
  /** Context length in pretraining, in tokens. */
  readonly originalContext: number;
}
