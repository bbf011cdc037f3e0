/**
 * Mistakes that implementations of these families have made, as changes of a model: those that manifests list under
 * `logits_error_of_each_mistake_max_abs`, by the names that they give them.
 */
import type { Value } from '../../pipeline/graph/builder.ts';
import { inverseRms, shift } from '../../pipeline/graph/functions.ts';
import { reshape, transpose } from '../../pipeline/graph/layout.ts';
import { mul } from '../../pipeline/graph/ops.ts';
import { mapKinds } from '../../pipeline/models/attention-kind.ts';
import { decoder } from '../../pipeline/models/decoder.ts';
import type { DecoderSpec, RotarySpec } from '../../pipeline/models/decoder-spec.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { scaleByWeight } from '../../pipeline/models/norm.ts';
import type { Weights } from '../../pipeline/models/weights.ts';

const rmsNormalize = (x: Value, eps: number): Value => mul(x, inverseRms(x, eps));

interface Change {
  readonly spec?: DecoderSpec;
  readonly weights?: (weights: Weights) => Weights;
  /** What is read in place of a hook's value; undefined for the value itself. */
  readonly edit?: (hook: Hook, weights: Weights) => Value | undefined;
}

interface Hook {
  readonly layer: number;
  readonly name: string;
  readonly value: Value;
  /** The value of another hook of the layer. */
  other(name: string): Value;
}

/** What a config.json says. */
type Config = Readonly<Record<string, unknown>>;

const MISTAKES: Readonly<Record<string, (spec: DecoderSpec, config: Config) => Change>> = {
  'eps 10x': (spec) => ({
    spec: { ...spec, norms: { ...spec.norms, eps: 10 * spec.norms.eps } },
  }),
  'norm weight w instead of 1+w': (spec) => ({
    spec: { ...spec, norms: { ...spec.norms, weightOffset: 0 } },
  }),
  'no embedding normaliser': (spec) => ({ spec: { ...spec, embeddingScale: 1 } }),
  'scale head_dim^-0.5': (spec) => attention(spec, { scale: spec.dims.dHead ** -0.5 }),
  'no attention softcap': (spec) => attention(spec, { softcap: null }),
  'no final softcap': (spec) => ({
    spec: { ...spec, unembedding: { ...spec.unembedding, softcap: null } },
  }),
  'tied head used': (spec) => ({
    spec: { ...spec, unembedding: { ...spec.unembedding, tied: true } },
  }),
  'the other activation': otherActivation,
  silu: otherActivation,
  'gate and up swapped': () => ({
    weights: renamed((name) =>
      name.replace(/(gate|up)_proj/, (_, which) => (which === 'gate' ? 'up_proj' : 'gate_proj')),
    ),
  }),
  'kv heads tiled (h mod K)': tiledHeads,

  'no sliding window': (spec) => window(spec, () => null),
  'window one larger': (spec) => window(spec, (width) => width + 1),
  'window one smaller': (spec) => window(spec, (width) => width - 1),
  'sliding on odd layers': (spec) =>
    attention(spec, {
      layers: spec.attention.layers.map((kind) => (kind === 'global' ? 'sliding' : 'global')),
    }),

  'use_sliding_window false ignored': (spec, { sliding_window, max_window_layers }) =>
    attention(spec, {
      layers: spec.attention.layers.map((_, layer) =>
        layer >= Number(max_window_layers) ? 'sliding' : 'global',
      ),
      windows: { global: null, sliding: Number(sliding_window) },
      rotary: { global: spec.attention.rotary.global!, sliding: spec.attention.rotary.global! },
    }),

  'rope_theta 10000 hard-coded': (spec) => rotary(spec, (each) => ({ ...each, base: 10_000 })),
  'no rope scaling': (spec) => rotary(spec, (each) => ({ ...each, scaling: null })),
  'global theta on local layers': (spec) => rotary(spec, () => spec.attention.rotary.global!),
  'local theta on global layers': (spec) => rotary(spec, () => spec.attention.rotary.sliding!),
  'interleaved rotary pairs': interleaved,

  'no attention bias': (spec) => withoutBiases(spec, ['q', 'k', 'v', 'o']),
  'no mlp bias': (spec) => withoutBiases(spec, ['gate', 'up', 'down']),
  'no post_attention_layernorm': () =>
    replaced(/^hook_attn_out$/, ({ other }) => other('attn.output')),
  'no post_feedforward_layernorm': () =>
    replaced(/^hook_mlp_out$/, ({ other }) => other('mlp.output')),

  'no q_norm and k_norm': (spec) =>
    replaced(/_norm\.output$/, (hook) => byHead(spec, projected(hook))),
  'q_norm and k_norm after rotary': (spec) => ({
    edit: (hook, weights) => {
      if (/_norm\.output$/.test(hook.name)) return byHead(spec, projected(hook));
      if (!/hook_rot_/.test(hook.name)) return undefined;
      const weight = weights.vector(normName(hook, hook.name.slice(-1)));
      return scaleByWeight(rmsNormalize(hook.value, spec.norms.eps), weight, spec.norms);
    },
  }),
  'q_norm and k_norm weight 1+w instead of w': (spec) =>
    replaced(/_norm\.output$/, (hook, weights) =>
      mul(
        rmsNormalize(byHead(spec, projected(hook)), spec.norms.eps),
        shift(weights.vector(normName(hook, hook.name[5]!)), 1),
      ),
    ),
  'q_norm and k_norm over all heads': (spec) =>
    replaced(/_norm\.output$/, (hook, weights) => {
      const normalized = byHead(spec, rmsNormalize(projected(hook), spec.norms.eps));
      return scaleByWeight(normalized, weights.vector(normName(hook, hook.name[5]!)), spec.norms);
    }),
};

/** The mistake that a manifest means; undefined where none is known. */
export const mistakeOf = (name: string): (typeof MISTAKES)[string] | undefined =>
  MISTAKES[/^no .*scaling|scaling (ignored|left out)/.test(name) ? 'no rope scaling' : name];

/** What a model is without a mistake, and its config.json. */
export interface Right {
  readonly spec: DecoderSpec;
  readonly config: Config;
}

/** A model with a mistake. */
export function mistaken(model: Model, right: Right, name: string): Model {
  const made = mistakeOf(name)!(right.spec, right.config);
  const { spec = right.spec, weights: change = (weights) => weights, edit } = made;
  const architecture = decoder(spec);
  return {
    ...model,
    ...architecture,
    load: (graph, dtype) => change(model.load(graph, dtype)),
    blocks: (weights, inputs) =>
      architecture.blocks(weights, {
        ...inputs,
        edit: (at, value) => edit?.(hookOf(at, value), weights) ?? value,
      }),
  };
}

function hookOf(at: string, value: Value): Hook {
  const [, layer, name] = /^blocks\.(\d+)\.(.*)$/.exec(at)!;
  const other = (name: string) => value.graph.find(`blocks.${layer}.${name}`);
  return { layer: Number(layer), name: name!, value, other };
}

const attention = (spec: DecoderSpec, change: Partial<DecoderSpec['attention']>): Change => ({
  spec: { ...spec, attention: { ...spec.attention, ...change } },
});

const window = (spec: DecoderSpec, change: (width: number) => number | null): Change =>
  attention(spec, {
    windows: mapKinds(spec.attention.windows, (width) => (width === null ? null : change(width))),
  });

const rotary = (spec: DecoderSpec, change: (each: RotarySpec) => RotarySpec): Change =>
  attention(spec, { rotary: mapKinds(spec.attention.rotary, change) });

function otherActivation(spec: DecoderSpec): Change {
  const activation = spec.mlp.activation === 'silu' ? 'gelu-tanh' : 'silu';
  return { spec: { ...spec, mlp: { activation } } };
}

const withoutBiases = (spec: DecoderSpec, names: readonly string[]): Change => ({
  spec: { ...spec, biases: spec.biases.filter((name) => !names.includes(name)) },
});

const replaced = (hooks: RegExp, by: (hook: Hook, weights: Weights) => Value): Change => ({
  edit: (hook, weights) => (hooks.test(hook.name) ? by(hook, weights) : undefined),
});

/** What a norm of queries or keys reads: `attn.hook_q` of `attn.q_norm.output`. */
const projected = ({ name, other }: Hook): Value => other(`attn.hook_${name[5]}`);

const byHead = ({ dims }: DecoderSpec, x: Value): Value =>
  reshape(x, [...x.shape.slice(0, -1), Number(x.shape.at(-1)) / dims.dHead, dims.dHead]);

const normName = ({ layer }: Hook, which: string): string =>
  `model.layers.${layer}.self_attn.${which}_norm.weight`;

const renamed =
  (rename: (name: string) => string) =>
  (weights: Weights): Weights => ({
    vector: (name) => weights.vector(rename(name)),
    product: (x, name) => weights.product(x, rename(name)),
    exactProduct: (x, name) => weights.exactProduct(x, rename(name)),
    rows: (name, ids) => weights.rows(rename(name), ids),
  });

/** Pairs (2k, 2k + 1) are turned: as if these were put where the right pairs are, after projection and norm. */
function interleaved({ dims: { dHead } }: DecoderSpec): Change {
  const isRotated = (name: string) => /self_attn\.[qk]_(proj|norm)\./.test(name);
  const pairs = (x: Value) => swapped(x, [Number(x.shape.at(-1)) / dHead, dHead / 2, 2], [0, 2, 1]);
  return { weights: permuted(isRotated, pairs) };
}

/** Query head h reads key h mod K: as if queries were put in the order in which they are grouped. */
function tiledHeads({ dims }: DecoderSpec): Change {
  const { nKeyValueHeads: keys, nHeads, dHead } = dims;
  const group = nHeads / keys;
  const queries = permuted(
    (name) => /self_attn\.q_proj\./.test(name),
    (x) => swapped(x, [group, keys, dHead], [1, 0, 2]),
  );
  return {
    weights: (weights) => ({
      ...queries(weights),
      product: (x, name) => {
        const isOutput = /self_attn\.o_proj\./.test(name);
        return weights.product(isOutput ? swapped(x, [keys, group, dHead], [1, 0, 2]) : x, name);
      },
    }),
  };
}

/** What these weights give, in another order. */
const permuted =
  (applies: (name: string) => boolean, permute: (x: Value) => Value) =>
  (weights: Weights): Weights => {
    const then = (name: string, x: Value) => (applies(name) ? permute(x) : x);
    return {
      ...weights,
      vector: (name) => then(name, weights.vector(name)),
      product: (x, name) => then(name, weights.product(x, name)),
      exactProduct: (x, name) => then(name, weights.exactProduct(x, name)),
    };
  };

/** The last axis as several, in another order. */
function swapped(x: Value, parts: readonly number[], order: readonly number[]): Value {
  const lead = x.shape.slice(0, -1);
  const apart = reshape(x, [...lead, ...parts]);
  const perm = [...lead.keys(), ...order.map((axis) => lead.length + axis)];
  return reshape(transpose(apart, perm), x.shape);
}
