import type { ModelDims } from './architecture.ts';
import type { AttentionKind, ByKind } from './attention-kind.ts';

/**
 * A decoder-only transformer with RMS norms, rotary positions, grouped queries and a gated MLP, as a record: all that
 * tells one such family from another. A family's file makes it from config.json.
 */
export interface DecoderSpec {
  readonly dims: ModelDims;
  readonly norms: NormSpec;
  readonly attention: AttentionSpec;
  readonly mlp: { readonly activation: 'gelu-tanh' | 'silu' };
  /** What embeddings are multiplied by before the first layer; 1 where they are not. */
  readonly embeddingScale: number;
  readonly unembedding: {
    /** Whether the unembedding is the embedding; else it is `lm_head`. */
    readonly tied: boolean;
    /** Of the logits; null where there is none. */
    readonly softcap: number | null;
  };
}

export interface NormSpec {
  readonly eps: number;
  /** What is added to a norm's weight: Gemma keeps it as a distance from 1. */
  readonly weightOffset: 0 | 1;
  /** Whether what attention and MLP give is normalized, too, before it is added to the residual stream. */
  readonly afterSublayers: boolean;
}

export interface AttentionSpec {
  /** The kind of each layer, from the first to the last. */
  readonly layers: readonly AttentionKind[];
  /** Keys that a query sees, its own included; null for all up to its own. */
  readonly windows: ByKind<number | null>;
  /** θ of rotary position embeddings. */
  readonly rotaryBases: ByKind<number>;
  /** The longest context. */
  readonly maxPositions: number;
  /** What scores are multiplied by. */
  readonly scale: number;
  /** Of the scores; null where there is none. */
  readonly softcap: number | null;
  /** Whether each head's query and key are normalized before they are rotated. */
  readonly normalizesQueriesAndKeys: boolean;
  /** Projections that add a bias. */
  readonly biases: readonly ('q' | 'k' | 'v' | 'o')[];
}
