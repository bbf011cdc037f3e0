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
  readonly mlp: { readonly activation: 'gelu-tanh' | 'silu' };
  /** Factor of the embeddings before the first layer; 1 where the model does not scale them. */
  readonly embeddingScale: number;
  readonly unembedding: {
    /** Whether the unembedding shares the embedding's matrix; else its matrix is `lm_head`. */
    readonly tied: boolean;
    /** Softcap of the logits; null where there is none. */
    readonly softcap: number | null;
  };
}

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
  /** θ of rotary position embeddings. */
  readonly rotaryBases: ByAttentionKind<number>;
  /** The longest context, in tokens. */
  readonly maxPositions: number;
  /** Factor of the attention scores. */
  readonly scale: number;
  /** Softcap of the attention scores; null where there is none. */
  readonly softcap: number | null;
  /** Whether each head's query and key are normalized before they are rotated. */
  readonly normalizesQueriesAndKeys: boolean;
  /** Projections that have a bias. */
  readonly biases: readonly ('q' | 'k' | 'v' | 'o')[];
}
