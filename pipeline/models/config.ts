import { z } from 'zod';
import {
  GREATEST_NUMBER,
  LEAST_NUMBER,
  MOST_LAYERS,
  MOST_POSITIONS,
} from '../schema/model-limits.ts';
import { oneLine, shown } from '../schema/one-line.ts';
import type { ModelDims } from './architecture.ts';
import { type AttentionKind, type ByAttentionKind, forKinds } from './attention-kind.ts';
import type { Activation } from './decoder-spec.ts';
import { HARMLESS_KEYS } from './harmless-keys.ts';

export const positiveInteger = z.int().min(1);

export const positiveNumber = z.number().positive().min(LEAST_NUMBER).max(GREATEST_NUMBER);

export const layerCount = positiveInteger.max(MOST_LAYERS);
export const positionCount = positiveInteger.max(MOST_POSITIONS);

/** Fields of config.json that all supported model families share. Some have only one supported value. */
export const DecoderConfig = z.object({
  num_hidden_layers: layerCount,
  num_attention_heads: positiveInteger,
  num_key_value_heads: positiveInteger,
  hidden_size: positiveInteger,
  head_dim: positiveInteger.multipleOf(2),
  intermediate_size: positiveInteger,
  vocab_size: positiveInteger,
  max_position_embeddings: positionCount,
  rms_norm_eps: positiveNumber,
  attention_bias: z.boolean().default(false),
  quantization_config: z.null().optional(),
  is_encoder_decoder: z.literal(false).optional(),
  add_cross_attention: z.literal(false).optional(),
  pruned_heads: z.strictObject({}).optional(),
});

/** Activation functions by their names in transformers. */
export const activation = z
  .enum(['silu', 'swish', 'gelu_pytorch_tanh', 'gelu_new'])
  .transform((name): Activation => (name.startsWith('gelu') ? 'gelu-tanh' : 'silu'));

/** [layer]: attention kinds by their names in transformers. */
export const layerTypes = z.array(z.enum(['full_attention', 'sliding_attention'])).nullish();

export interface ConfigFile {
  readonly path: string;
  /** Prefix of the fields for error messages, such as `text_config.`; left out at the top level. */
  readonly within?: string;
}

/**
 * Validate a config.json. A field is refused if it is neither in the schema nor in HARMLESS_KEYS, because it may change
 * the model's output.
 * @throws `config.json: head_dim: expected …`, one line with the file, the first wrong field and the remedy
 */
export function parseConfig<T extends z.ZodObject>(
  schema: T,
  json: unknown,
  file: ConfigFile,
): z.infer<T> {
  const relevant = Object.entries(Object(json)).filter(([key]) => !HARMLESS_KEYS.has(key));
  const parsed = schema.strict().safeParse(Object.fromEntries(relevant), { reportInput: true });
  if (parsed.success) return parsed.data as z.infer<T>;
  const [issue] = parsed.error.issues as [z.core.$ZodIssue];
  if (issue.code === 'unrecognized_keys')
    throw configError(file, [...issue.path, issue.keys[0]].join('.'), UNKNOWN);
  throw configError(file, issue.path.join('.'), `${issue.message}, found ${foundIn(issue)}`);
}

const UNKNOWN = "unknown field, which may change the model's output";

const foundIn = ({ input }: z.core.$ZodIssue): string =>
  input === undefined ? 'nothing' : shown(input);

/** An error with the file, the field, what is wrong and the remedy. */
export const configError = ({ path, within = '' }: ConfigFile, field: string, fact: string) =>
  new Error(oneLine(`${path}: ${within}${field}: ${fact}: ${REMEDY}`));

const REMEDY = 'fetch or train the model again, or use another';

type DimsConfig = Pick<
  z.infer<typeof DecoderConfig>,
  | 'num_hidden_layers'
  | 'num_attention_heads'
  | 'num_key_value_heads'
  | 'hidden_size'
  | 'head_dim'
  | 'intermediate_size'
  | 'vocab_size'
>;

/** @throws `config.json: 4 heads cannot share 3 key/value heads: …` */
export function dimsOf(config: DimsConfig, { path }: ConfigFile): ModelDims {
  const { num_attention_heads: nHeads, num_key_value_heads: nKeyValueHeads } = config;
  if (nHeads % nKeyValueHeads !== 0)
    throw new Error(
      `${path}: ${nHeads} heads cannot share ${nKeyValueHeads} key/value heads: ${REMEDY}`,
    );
  return {
    nLayers: config.num_hidden_layers,
    nHeads,
    nKeyValueHeads,
    dModel: config.hidden_size,
    dHead: config.head_dim,
    dMlp: config.intermediate_size,
    dVocab: config.vocab_size,
  };
}

export interface LayerKindsConfig {
  readonly num_hidden_layers: number;
  readonly layer_types?: z.infer<typeof layerTypes>;
}

/**
 * [layer]: the attention kind of each layer, from `layer_types` or, without this field, from the family's default.
 * @throws `config.json: layer_types: 3 kinds for 4 layers: …`
 */
export function layerKinds(
  { num_hidden_layers: nLayers, layer_types: types }: LayerKindsConfig,
  defaultKind: (layer: number) => AttentionKind,
  file: ConfigFile,
): AttentionKind[] {
  if (!types) return Array.from({ length: nLayers }, (_, layer) => defaultKind(layer));
  if (types.length !== nLayers)
    throw configError(file, 'layer_types', `${types.length} kinds for ${nLayers} layers`);
  return types.map((type) => (type === 'full_attention' ? 'global' : 'sliding'));
}

/** More positions than any model has: a wider window is no other, and would not fit the integers that graphs compare. */
const WIDEST = 2 ** 30;

/** The attention window of each kind of layer. @throws if a layer is sliding and `sliding_window` is null */
export function windowsOf(
  layers: readonly AttentionKind[],
  window: number | null,
  file: ConfigFile,
): ByAttentionKind<number | null> {
  if (window === null && layers.includes('sliding'))
    throw configError(file, 'sliding_window', 'null, but some layers are sliding');
  return forKinds(layers, { global: null, sliding: window && Math.min(window, WIDEST) });
}

/** @throws if a field differs from its other name: `config.json: hidden_act: silu, but hidden_activation is …` */
export function checkAliases(
  config: Readonly<Record<string, unknown>>,
  aliases: Readonly<Record<string, string>>,
  file: ConfigFile,
): void {
  for (const [alias, name] of Object.entries(aliases))
    if (config[alias] !== undefined && config[alias] !== config[name])
      throw configError(file, alias, `${config[alias]}, but ${name} is ${config[name]}`);
}
