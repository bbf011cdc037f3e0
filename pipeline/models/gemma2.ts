import { z } from 'zod';
import type { Value } from '../graph/builder.ts';
import { gelu, inverseRms, rmsNormalize, scale, shift, softcap } from '../graph/functions.ts';
import { add, concat, matmul, mul, reshape, softmax, splitLike, transpose } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import type {
  Architecture,
  BlockInputs,
  BlockOutputs,
  Logits,
  UnembedOptions,
} from './architecture.ts';
import { type RotaryAngles, rotaryAngles, rotate } from './rotary.ts';
import { times, type Weights } from './weights.ts';

/**
 * Gemma 2, from its config.json.
 * Source: Gemma Team (2024), arXiv 2408.00118, and the published reference code.
 *
 * For every layer: x += ln1_post(attn(ln1(x))), then x += ln2_post(mlp(ln2(x))).
 * Even layers attend within a sliding window, odd ones to everything before them.
 *
 * Values that TransformerLens has a hook for carry its name; the rest (`attn.output`, `ln1.output`, …) are
 * named after the module that gives them. `hook_z` is [B, T, nHeads · d_head], heads concatenated.
 *
 * @throws `config.json: head_dim: expected …`
 */
export function gemma2(json: unknown, where: string): Architecture {
  const config = parseConfig(json, where);
  return {
    dims: {
      nLayers: config.num_hidden_layers,
      nHeads: config.num_attention_heads,
      nKeyValueHeads: config.num_key_value_heads,
      dModel: config.hidden_size,
      dHead: config.head_dim,
      dMlp: config.intermediate_size,
      dVocab: config.vocab_size,
    },
    slidingWindow: config.sliding_window,
    weights: weightShapes(config),
    embed: (weights, ids) => embed(config, weights, ids),
    blocks: (weights, inputs) => blocks(config, weights, inputs),
    projectHeads: (weights, layer, z) => weights.product(z, layerWeight(layer, W_O)),
    unembed: (weights, resid, options) => unembed(config, weights, resid, options),
  };
}

const size = z.int().min(1);
const Config = z.object({
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size,
  hidden_size: size,
  head_dim: size.multipleOf(2),
  intermediate_size: size,
  vocab_size: size,
  sliding_window: size,
  max_position_embeddings: size,
  query_pre_attn_scalar: z.number().positive(),
  attn_logit_softcapping: z.number().positive(),
  final_logit_softcapping: z.number().positive(),
  rope_theta: z.number().positive(),
  rms_norm_eps: z.number().positive(),
});
type Config = z.infer<typeof Config>;

function parseConfig(json: unknown, where: string): Config {
  const parsed = Config.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new Error(`${where}: ${path.join('.')}: ${message}: fetch or train the model again`);
  }
  const { num_attention_heads: heads, num_key_value_heads: shared } = parsed.data;
  if (heads % shared !== 0)
    throw new Error(
      `${where}: ${heads} heads cannot share ${shared} keys: fetch or train the model again`,
    );
  return parsed.data;
}

const EMBEDDING = 'model.embed_tokens.weight';
const W_O = 'self_attn.o_proj';
const FINAL_NORM = 'model.norm.weight';
const layerWeight = (layer: number, name: string) => `model.layers.${layer}.${name}.weight`;

function weightShapes(c: Config): Map<string, readonly number[]> {
  const dQuery = c.num_attention_heads * c.head_dim;
  const dShared = c.num_key_value_heads * c.head_dim;
  const [d, dMlp] = [c.hidden_size, c.intermediate_size];
  const layer: Readonly<Record<string, readonly number[]>> = {
    input_layernorm: [d],
    'self_attn.q_proj': [dQuery, d],
    'self_attn.k_proj': [dShared, d],
    'self_attn.v_proj': [dShared, d],
    [W_O]: [d, dQuery],
    post_attention_layernorm: [d],
    pre_feedforward_layernorm: [d],
    'mlp.gate_proj': [dMlp, d],
    'mlp.up_proj': [dMlp, d],
    'mlp.down_proj': [d, dMlp],
    post_feedforward_layernorm: [d],
  };
  const shapes = new Map<string, readonly number[]>([[EMBEDDING, [c.vocab_size, d]]]);
  for (let i = 0; i < c.num_hidden_layers; i++)
    for (const [name, dims] of Object.entries(layer)) shapes.set(layerWeight(i, name), dims);
  return shapes.set(FINAL_NORM, [d]);
}

/** `E[id] · √d_model`, the factor rounded to the type that is computed in. */
const embed = ({ hidden_size }: Config, weights: Weights, ids: Value): Value =>
  scale(weights.rows(EMBEDDING, ids), Math.sqrt(hidden_size));

function unembed(
  config: Config,
  weights: Weights,
  resid: Value,
  { ids, normOf = resid }: UnembedOptions = {},
): Logits {
  const finalNorm =
    normOf === 'none'
      ? resid
      : scaleBy(mul(resid, inverseRms(normOf, config.rms_norm_eps)), weights.vector(FINAL_NORM));
  const uncapped = ids
    ? times(finalNorm, weights.rows(EMBEDDING, ids))
    : weights.exactProduct(finalNorm, EMBEDDING);
  return { finalNorm, uncapped, logits: softcap(uncapped, config.final_logit_softcapping) };
}

function blocks(config: Config, weights: Weights, inputs: BlockInputs): BlockOutputs {
  const { graph, dtype } = inputs.resid;
  const { head_dim: dHead, rope_theta: theta, max_position_embeddings: maxPositions } = config;
  const angles = rotaryAngles(inputs.positions, { dHead, theta, maxPositions }, dtype);
  const keys: Value[] = [];
  const values: Value[] = [];
  let resid = inputs.resid;
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at: Layer = {
      index: layer,
      config,
      vector: (name) => weights.vector(layerWeight(layer, name)),
      linear: (x, name) => weights.product(x, layerWeight(layer, name)),
      exactLinear: (x, name) => weights.exactProduct(x, layerWeight(layer, name)),
      hook: (name, value) => {
        const at = `blocks.${layer}.${name}`;
        const named = graph.rename(value, at);
        return inputs.edit?.(at, named) ?? named;
      },
    };
    const attention = attend(at, resid, angles, inputs);
    keys.push(attention.keys);
    values.push(attention.values);
    const mid = at.hook('hook_resid_mid', add(resid, attention.out));
    resid = at.hook('hook_resid_post', add(mid, mlp(at, mid)));
  }
  return { resid, keys, values };
}

interface Layer {
  readonly index: number;
  readonly config: Config;
  vector(name: string): Value;
  /** `x Wᵀ` over the last axis. */
  linear(x: Value, name: string): Value;
  /** The same, where it must not be rounded. */
  exactLinear(x: Value, name: string): Value;
  /** Name a value of this layer, and put what replaces it in its place. */
  hook(name: string, value: Value): Value;
}

/**
 * Grouped-query attention with a softcap on its scores. Queries that share a key lie side by side on one axis
 * (head h uses key ⌊h / group⌋), so that keys and values are never copied.
 */
function attend(layer: Layer, resid: Value, angles: RotaryAngles, inputs: BlockInputs) {
  const { config, linear, exactLinear, hook } = layer;
  const { num_attention_heads: heads, num_key_value_heads: shared, head_dim: dHead } = config;
  const group = heads / shared;
  const [batch, t] = resid.shape as [string, string];
  const x = hook('ln1.output', norm(layer, 'ln1', resid, 'input_layernorm'));
  // Scores are exponents: what is rounded there grows most.
  const project = (name: 'q' | 'k' | 'v', n: number) => {
    const of = name === 'v' ? linear : exactLinear;
    const projected = hook(`attn.hook_${name}`, of(x, `self_attn.${name}_proj`));
    return reshape(projected, [batch, t, n, dHead]);
  };
  const q = hook('attn.hook_rot_q', rotate(project('q', heads), angles));
  const k = hook('attn.hook_rot_k', rotate(project('k', shared), angles));
  const grow = (recent: readonly Value[] | undefined, now: Value): Value =>
    recent ? concat([recent[layer.index]!, now], 2) : now;
  const keys = grow(inputs.recent?.keys, transpose(k, [0, 2, 1, 3])); // [B, shared, T, d_head]
  const values = grow(inputs.recent?.values, transpose(project('v', shared), [0, 2, 1, 3]));
  const grouped = transpose(reshape(q, [batch, t, shared, group, dHead]), [0, 2, 3, 1, 4]);
  const queries = reshape(grouped, [batch, shared, product([group, t]), dHead]);

  const kind = layer.index % 2 === 0 ? 'sliding' : 'global';
  const score = (keys: Value, bias: Value): Value => {
    const raw = matmul(queries, transpose(keys, [0, 1, 3, 2]));
    const scaled = scale(raw, config.query_pre_attn_scalar ** -0.5);
    const s = keys.shape[2]!;
    const byHead = reshape(softcap(scaled, config.attn_logit_softcapping), [batch, heads, t, s]);
    return add(byHead, bias);
  };
  const mix = (pattern: Value, values: Value): Value =>
    matmul(reshape(pattern, [batch, shared, product([group, t]), pattern.shape[3]!]), values);

  const own = score(keys, inputs.bias[kind]);
  const mixed = inputs.cache
    ? mixCached(own, values, inputs.cache, layer.index, kind, score, mix)
    : mix(hook('attn.hook_pattern', softmax(own)), values);
  const byHead = transpose(reshape(mixed, [batch, shared, group, t, dHead]), [0, 3, 1, 2, 4]);
  const z = hook('attn.hook_z', reshape(byHead, [batch, t, heads * dHead]));
  const out = hook('attn.output', linear(z, W_O));
  const normed = norm(layer, 'ln1_post', out, 'post_attention_layernorm');
  return { keys, values, out: hook('hook_attn_out', normed) };
}

/** One softmax over cached and new keys; the cache is read where it lies. New tokens come one at a time. */
function mixCached(
  own: Value,
  values: Value,
  cache: NonNullable<BlockInputs['cache']>,
  layer: number,
  kind: 'sliding' | 'global',
  score: (keys: Value, bias: Value) => Value,
  mix: (pattern: Value, values: Value) => Value,
): Value {
  const cached = score(cache.keys[layer]!, cache.bias[kind]);
  const pattern = softmax(concat([cached, own], -1));
  const [before, now] = splitLike(pattern, [cached, own], -1) as [Value, Value];
  return add(mix(before, cache.values[layer]!), mix(now, values));
}

/** Gated MLP: `W_down (gelu(W_gate x) ⊙ W_up x)`. */
function mlp(layer: Layer, resid: Value): Value {
  const { linear, hook } = layer;
  const x = hook('ln2.output', norm(layer, 'ln2', resid, 'pre_feedforward_layernorm'));
  const gate = hook('mlp.hook_pre', linear(x, 'mlp.gate_proj'));
  const up = hook('mlp.hook_pre_linear', linear(x, 'mlp.up_proj'));
  const hidden = hook('mlp.hook_post', mul(gelu(gate), up));
  const out = hook('mlp.output', linear(hidden, 'mlp.down_proj'));
  return hook('hook_mlp_out', norm(layer, 'ln2_post', out, 'post_feedforward_layernorm'));
}

/** RMS norm; its hook is before the weight, as in TransformerLens. */
function norm({ config, vector, hook }: Layer, name: string, x: Value, weightName: string): Value {
  const normalized = hook(`${name}.hook_normalized`, rmsNormalize(x, config.rms_norm_eps));
  return scaleBy(normalized, vector(weightName));
}

/** Gemma's norms keep their weight as a distance from 1. */
const scaleBy = (x: Value, weight: Value): Value => mul(x, shift(weight, 1));
