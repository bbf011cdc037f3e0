import type { ModelDims } from '../../../schema/model-dims.ts';
import { MOST_LAYERS, MOST_POSITIONS } from '../../../schema/model-limits.ts';
import { ARCHITECTURES, type GgufArchitecture } from './architectures.ts';
import { type Metadata, REMEDY } from './metadata.ts';

/** What a GGUF file's metadata say of its model. */
export interface GgufModel {
  readonly architecture: GgufArchitecture;
  readonly sizes: ModelDims;
  /** Hugging Face's config.json, as of transformers 4.53, but for whether the unembedding is tied. */
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Read the model's config.
 * @throws one line that names the file, the key, its value and the remedy: an architecture that is not known, a key that
 *   is missing, or that says what no architecture here is
 */
export function readModel(metadata: Metadata): GgufModel {
  const architecture = architectureOf(metadata);
  const sizes = sizesOf(metadata, architecture.name);
  const key = (name: string) => `${architecture.name}.${name}`;
  const config = {
    ...architecture.configFields(metadata, sizes),
    num_hidden_layers: sizes.nLayers,
    num_attention_heads: sizes.nHeads,
    num_key_value_heads: sizes.nKeyValueHeads,
    hidden_size: sizes.dModel,
    head_dim: sizes.dHead,
    intermediate_size: sizes.dMlp,
    vocab_size: sizes.dVocab,
    max_position_embeddings: positionsOf(metadata, key('context_length')),
    rms_norm_eps: metadata.positive(key('attention.layer_norm_rms_epsilon')),
    torch_dtype: 'float32',
    ...tokenIds(metadata),
  };
  return { architecture, sizes, config };
}

function architectureOf(metadata: Metadata): GgufArchitecture {
  metadata.expect('general.type', 'model');
  metadata.expect('general.quantization_version', 2);
  metadata.expect('split.count', 1);
  metadata.expect('split.no', 0);
  const name = metadata.text('general.architecture');
  const found = ARCHITECTURES.find((architecture) => architecture.name === name);
  if (found) return found;
  const known = ARCHITECTURES.map((architecture) => architecture.name).join(', ');
  throw new Error(
    `${metadata.path}: general.architecture is ${name}: use a model of one of ${known}`,
  );
}

function sizesOf(metadata: Metadata, name: string): ModelDims {
  const size = (key: string, missing?: number, most = Number.MAX_SAFE_INTEGER) => {
    const value = metadata.number(`${name}.${key}`, missing);
    if (Number.isInteger(value) && value > 0 && value <= most) return value;
    throw new Error(`${metadata.path}: ${name}.${key} is ${value}, no size: ${REMEDY}`);
  };
  const dModel = size('embedding_length');
  const nHeads = size('attention.head_count');
  const dHead = size('attention.key_length', dModel / nHeads);
  metadata.expect(`${name}.attention.value_length`, dHead);
  metadata.expect(`${name}.rope.dimension_count`, dHead);
  const dVocab = metadata.texts('tokenizer.ggml.tokens').length;
  metadata.expect(`${name}.vocab_size`, dVocab);
  return {
    nLayers: size('block_count', undefined, MOST_LAYERS),
    nHeads,
    nKeyValueHeads: size('attention.head_count_kv', nHeads),
    dModel,
    dHead,
    dMlp: size('feed_forward_length'),
    dVocab,
  };
}

function positionsOf(metadata: Metadata, key: string): number {
  const positions = metadata.number(key);
  if (Number.isInteger(positions) && positions > 0 && positions <= MOST_POSITIONS) return positions;
  throw new Error(
    `${metadata.path}: ${key} is ${positions}, expected 1 to ${MOST_POSITIONS} positions: ${REMEDY}`,
  );
}

const tokenIds = (metadata: Metadata): Record<string, number> =>
  Object.fromEntries(
    [
      ['bos_token_id', 'tokenizer.ggml.bos_token_id'],
      ['eos_token_id', 'tokenizer.ggml.eos_token_id'],
      ['pad_token_id', 'tokenizer.ggml.padding_token_id'],
    ]
      .filter(([, key]) => metadata.has(key!))
      .map(([field, key]) => [field, metadata.number(key!)]),
  );
