import type { DecoderSpec, Projection } from './decoder-spec.ts';

/** The norms of a layer, by their names in TransformerLens. */
export type Norm = 'ln1' | 'ln1_post' | 'ln2' | 'ln2_post' | 'attn.q_norm' | 'attn.k_norm';

export const EMBEDDING = 'model.embed_tokens.weight';
export const FINAL_NORM = 'model.norm.weight';
export const LM_HEAD = 'lm_head.weight';

export const unembeddingName = ({ unembedding }: DecoderSpec): string =>
  unembedding.tied ? EMBEDDING : LM_HEAD;

/**
 * The name of a weight or bias of one layer in Hugging Face's checkpoints.
 * @throws where the model's layers do not have it
 */
export function layerWeightName(
  spec: DecoderSpec,
  layer: number,
  name: Projection | Norm,
  part: 'weight' | 'bias' = 'weight',
): string {
  const module = layerModules(spec).find((candidate) => candidate.name === name);
  if (!module) throw new Error(`no weight ${name}: the model's layers do not have it`);
  return tensorName(layer, module, part);
}

/** Name and shape of every weight, in the order of the layers. */
export function weightShapes(spec: DecoderSpec): Map<string, readonly number[]> {
  const { dVocab, dModel, nLayers } = spec.dims;
  const shapes = new Map<string, readonly number[]>([[EMBEDDING, [dVocab, dModel]]]);
  for (let layer = 0; layer < nLayers; layer++)
    for (const module of layerModules(spec)) {
      shapes.set(tensorName(layer, module, 'weight'), module.dims);
      if (hasBias(spec, module.name))
        shapes.set(tensorName(layer, module, 'bias'), module.dims.slice(0, 1));
    }
  shapes.set(FINAL_NORM, [dModel]);
  if (!spec.unembedding.tied) shapes.set(unembeddingName(spec), [dVocab, dModel]);
  return shapes;
}

export const hasBias = ({ biases }: DecoderSpec, name: Projection | Norm): boolean =>
  biases.some((biased) => biased === name);

interface Module {
  readonly name: Projection | Norm;
  /** Path of the module below `model.layers.N`. */
  readonly path: string;
  /** Shape of its weight. */
  readonly dims: readonly number[];
}

const tensorName = (layer: number, { path }: Module, part: 'weight' | 'bias'): string =>
  `model.layers.${layer}.${path}.${part}`;

/**
 * The modules of a layer that have weights. `post_attention_layernorm` is the norm after attention in Gemma's
 * checkpoints, but the norm before the MLP in Llama's.
 */
function layerModules({ dims, norms, attention }: DecoderSpec): Module[] {
  const { dModel, dHead, dMlp, nHeads, nKeyValueHeads } = dims;
  const [dQuery, dKey] = [nHeads * dHead, nKeyValueHeads * dHead];
  const module = (name: Module['name'], path: string, ...dims: number[]) => ({ name, path, dims });
  return [
    module('ln1', 'input_layernorm', dModel),
    module('q', 'self_attn.q_proj', dQuery, dModel),
    module('k', 'self_attn.k_proj', dKey, dModel),
    module('v', 'self_attn.v_proj', dKey, dModel),
    module('o', 'self_attn.o_proj', dModel, dQuery),
    ...(attention.normalizesQueriesAndKeys
      ? [
          module('attn.q_norm', 'self_attn.q_norm', dHead),
          module('attn.k_norm', 'self_attn.k_norm', dHead),
        ]
      : []),
    ...(norms.afterSublayers
      ? [
          module('ln1_post', 'post_attention_layernorm', dModel),
          module('ln2', 'pre_feedforward_layernorm', dModel),
        ]
      : [module('ln2', 'post_attention_layernorm', dModel)]),
    module('gate', 'mlp.gate_proj', dMlp, dModel),
    module('up', 'mlp.up_proj', dMlp, dModel),
    module('down', 'mlp.down_proj', dModel, dMlp),
    ...(norms.afterSublayers ? [module('ln2_post', 'post_feedforward_layernorm', dModel)] : []),
  ];
}
