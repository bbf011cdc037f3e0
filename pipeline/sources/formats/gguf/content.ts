import type { TensorSource } from '../write-safetensors.ts';
import { readModel } from './config.ts';
import type { GgufFile } from './header.ts';
import { metadataOf } from './metadata.ts';
import { float32Tensors, isTied } from './tensors.ts';
import { readTokenizer, type TokenizerFiles } from './tokenizer.ts';

/** A model in Hugging Face's layout. */
export interface GgufContent {
  /** config.json */
  readonly config: Readonly<Record<string, unknown>>;
  readonly tokenizer: TokenizerFiles;
  /** The weights, dequantised to float32 as they are read. */
  readonly tensors: readonly TensorSource[];
}

/**
 * What a GGUF file holds. Of the tensors, nothing is read yet.
 * @throws one line that names the file, the key or tensor, and the remedy
 */
export function contentOf(file: GgufFile): GgufContent {
  const metadata = metadataOf(file);
  const model = readModel(metadata);
  const tokenizer = readTokenizer(metadata);
  const tensors = float32Tensors(file, model);
  metadata.expect('split.tensors.count', file.tensors.size);
  metadata.refuseUnread(HARMLESS);
  const config = { ...model.config, tie_word_embeddings: isTied(file) };
  return { config, tokenizer, tensors };
}

/**
 * Keys that change no number here: who made the file and of what, how its makers sample from it (a study says itself
 * how), other chat templates, and tokens with a role in which no study here needs one (a subject says itself what ends
 * an answer).
 */
const HARMLESS = new RegExp(
  [
    'general\\.(name|author|version|organization|basename|finetune|description|quantized_by|size_label)',
    'general\\.(license(\\.name|\\.link)?|url|doi|uuid|repo_url|tags|languages|datasets|file_type|alignment)',
    'general\\.((source|base_model|dataset|sampling)\\..*)',
    'quantize\\.imatrix\\..*',
    'tokenizer\\.chat_templates|tokenizer\\.chat_template\\..*',
    'tokenizer\\.ggml\\.(eot|eom|seperator|separator|cls|mask|prefix|suffix|middle|fim_\\w+)_token_id',
  ]
    .map((keys) => `^(${keys})$`)
    .join('|'),
);
