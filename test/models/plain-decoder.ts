/**
 * Llama, Qwen 2 and 3, Mistral, Gemma 2 and 3 once more, in float64 and in loops over plain arrays, straight from config.json: written
 * after transformers' own modules, and sharing nothing with pipeline/models. It stands in where no reference numbers are,
 * and has to agree with them where they are.
 */
import type { Tensor } from '../../pipeline/graph/tensor.ts';

/** The fields that are read, as transformers names them; those that a family lacks are left out. */
export interface PlainConfig {
  readonly model_type: string;
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads?: number | null | undefined;
  readonly head_dim?: number | null | undefined;
  readonly rms_norm_eps?: number;
  readonly hidden_act?: string;
  readonly hidden_activation?: string;
  readonly query_pre_attn_scalar?: number;
  readonly attn_logit_softcapping?: number | null;
  readonly final_logit_softcapping?: number | null;
  readonly max_position_embeddings?: number;
  readonly use_sliding_window?: boolean | undefined;
  readonly sliding_window?: number | null | undefined;
  readonly max_window_layers?: number | undefined;
  readonly sliding_window_pattern?: number | undefined;
  readonly layer_types?: readonly string[] | null;
  readonly rope_theta?: number | undefined;
  readonly rope_local_base_freq?: number | undefined;
  readonly rope_scaling?: Rope | null;
  readonly rope_parameters?: Rope;
  readonly attention_bias?: boolean;
  readonly mlp_bias?: boolean;
  readonly tie_word_embeddings?: boolean | undefined;
}

interface Rope {
  readonly rope_type?: string;
  readonly type?: string;
  readonly rope_theta?: number;
  readonly factor?: number;
  readonly low_freq_factor?: number;
  readonly high_freq_factor?: number;
  readonly original_max_position_embeddings?: number;
  readonly full_attention?: Rope;
  readonly sliding_attention?: Rope;
}

type Vector = Float64Array<ArrayBuffer>;
export type Tensors = ReadonlyMap<string, Tensor>;

/** Logits after each of a sequence's tokens: [position][token]. */
export function plainLogits(
  config: PlainConfig,
  tensors: Tensors,
  ids: readonly number[],
): Vector[] {
  const gemma = isGemma(config);
  const [d, heads] = [config.hidden_size, config.num_attention_heads];
  const dHead = config.head_dim ?? (config.model_type === 'qwen3' ? 128 : d / heads);
  const keyHeads = config.num_key_value_heads ?? heads;
  const eps = config.rms_norm_eps ?? 1e-6;
  const weight = (name: string) => tensors.get(name)!;
  const linear = (name: string, x: Vector) =>
    matrixTimes(weight(`${name}.weight`), x, tensors.get(`${name}.bias`));
  const norm = (name: string, x: Vector) => rmsNorm(weight(name), x, eps, gemma ? 1 : 0);
  const act = (config.hidden_activation ?? config.hidden_act ?? 'silu') === 'silu' ? silu : gelu;
  const scale = (gemma ? config.query_pre_attn_scalar! : dHead) ** -0.5;
  const embedding = weight('model.embed_tokens.weight');
  let stream = ids.map((id) => row(embedding, id).map((x) => (gemma ? x * Math.sqrt(d) : x)));
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at = `model.layers.${layer}`;
    const sliding = slides(config, layer);
    const rotation = rotationOf(config, sliding, dHead);
    const normed = stream.map((x) => norm(`${at}.input_layernorm.weight`, x));
    const heading = (which: 'q' | 'k', count: number) =>
      normed.map((x, position) =>
        split(linear(`${at}.self_attn.${which}_proj`, x), count).map((head) => {
          const own = normsHeads(config)
            ? norm(`${at}.self_attn.${which}_norm.weight`, head)
            : head;
          return turned(own, position, rotation);
        }),
      );
    const [q, k] = [heading('q', heads), heading('k', keyHeads)];
    const v = normed.map((x) => split(linear(`${at}.self_attn.v_proj`, x), keyHeads));
    stream = stream.map((x, i) => {
      const z = Array.from({ length: heads }, (_, h) => {
        const group = Math.floor(h / (heads / keyHeads));
        const first = sliding ? Math.max(0, i - (config.sliding_window ?? 4096) + 1) : 0;
        const scores = k.slice(first, i + 1).map((keys) => {
          const score = dot(q[i]![h]!, keys[group]!) * scale;
          return capped(score, gemma ? config.attn_logit_softcapping : null);
        });
        const pattern = softmax(scores);
        const mixed = new Float64Array(dHead);
        pattern.forEach((p, j) => {
          for (let c = 0; c < dHead; c++) mixed[c]! += p * v[first + j]![group]![c]!;
        });
        return mixed;
      });
      const out = linear(
        `${at}.self_attn.o_proj`,
        Float64Array.from(z.flatMap((head) => [...head])),
      );
      return sum(x, gemma ? norm(`${at}.post_attention_layernorm.weight`, out) : out);
    });
    const before = gemma ? 'pre_feedforward_layernorm' : 'post_attention_layernorm';
    stream = stream.map((x) => {
      const h = norm(`${at}.${before}.weight`, x);
      const up = linear(`${at}.mlp.up_proj`, h);
      const hidden = linear(`${at}.mlp.gate_proj`, h).map((g, c) => act(g) * up[c]!);
      const out = linear(`${at}.mlp.down_proj`, hidden);
      return sum(x, gemma ? norm(`${at}.post_feedforward_layernorm.weight`, out) : out);
    });
  }
  const tied = config.tie_word_embeddings ?? gemma;
  const head = tied ? embedding : weight('lm_head.weight');
  return stream.map((x) =>
    matrixTimes(head, norm('model.norm.weight', x)).map((logit) =>
      capped(logit, gemma ? config.final_logit_softcapping : null),
    ),
  );
}

export const isGemma = ({ model_type }: PlainConfig): boolean => model_type.startsWith('gemma');

/** Whether queries and keys have norms of their own. */
export const normsHeads = ({ model_type }: PlainConfig): boolean =>
  model_type === 'gemma3_text' || model_type === 'qwen3';

function slides(config: PlainConfig, layer: number): boolean {
  const { model_type: type, sliding_window: window } = config;
  if (type === 'llama') return false;
  if (type === 'mistral') return window !== null;
  if (config.layer_types) return config.layer_types[layer] === 'sliding_attention';
  if (type.startsWith('qwen'))
    return (
      config.use_sliding_window === true &&
      window !== null &&
      layer >= (config.max_window_layers ?? 28)
    );
  const every = type === 'gemma2' ? 2 : (config.sliding_window_pattern ?? 6);
  return (layer + 1) % every !== 0;
}

interface Rotation {
  /** Radians per position, of each pair. */
  readonly frequencies: readonly number[];
  /** What a rotated vector is multiplied by. */
  readonly factor: number;
}

function rotationOf(config: PlainConfig, sliding: boolean, dHead: number): Rotation {
  const gemma3 = config.model_type === 'gemma3_text';
  const kind = sliding ? 'sliding_attention' : 'full_attention';
  const nested = gemma3 ? config.rope_parameters?.[kind] : config.rope_parameters;
  const rope: Rope = nested ?? (gemma3 && sliding ? null : config.rope_scaling) ?? {};
  const outside = gemma3 && sliding ? config.rope_local_base_freq : config.rope_theta;
  const theta = rope.rope_theta ?? outside ?? (gemma3 && !sliding ? 1e6 : 1e4);
  const plain = Array.from({ length: dHead / 2 }, (_, c) => 1 / theta ** ((2 * c) / dHead));
  const context = rope.original_max_position_embeddings ?? config.max_position_embeddings!;
  switch (rope.rope_type ?? rope.type ?? 'default') {
    case 'linear':
      return { frequencies: plain.map((f) => f / rope.factor!), factor: 1 };
    case 'llama3':
      return { frequencies: plain.map((f) => llama3(f, rope)), factor: 1 };
    case 'yarn':
      return {
        frequencies: yarn(plain, { theta, context, factor: rope.factor! }),
        factor: 1 + Math.log(rope.factor!) / 10,
      };
    default:
      return { frequencies: plain, factor: 1 };
  }
}

interface Yarn {
  readonly theta: number;
  readonly context: number;
  readonly factor: number;
}

/** Between the pairs of 32 turns and of one turn in the context, from θ^(−2c/d) = turns · 2π / context. */
function yarn(plain: readonly number[], { theta, context, factor }: Yarn): number[] {
  const d = 2 * plain.length;
  const pair = (turns: number) =>
    (-Math.log((turns * 2 * Math.PI) / context) / Math.log(theta)) * (d / 2);
  const low = Math.max(0, Math.floor(pair(32)));
  const high = Math.min(d - 1, Math.ceil(pair(1)));
  return plain.map((frequency, c) => {
    if (c <= low) return frequency;
    if (c >= high) return frequency / factor;
    const stretched = (c - low) / (high - low);
    return frequency * (1 - stretched + stretched / factor);
  });
}

function llama3(frequency: number, rope: Rope): number {
  const { factor, low_freq_factor: low, high_freq_factor: high } = rope;
  const context = rope.original_max_position_embeddings!;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength > context / low!) return frequency / factor!;
  if (wavelength < context / high!) return frequency;
  const smooth = (context / wavelength - low!) / (high! - low!);
  return ((1 - smooth) * frequency) / factor! + smooth * frequency;
}

function turned(x: Vector, position: number, { frequencies, factor }: Rotation): Vector {
  const half = x.length / 2;
  const rotated = new Float64Array(x.length);
  frequencies.forEach((frequency, c) => {
    const angle = position * frequency;
    const [cos, sin] = [factor * Math.cos(angle), factor * Math.sin(angle)];
    rotated[c] = x[c]! * cos - x[c + half]! * sin;
    rotated[c + half] = x[c + half]! * cos + x[c]! * sin;
  });
  return rotated;
}

const row = ({ dims, data }: Tensor, index: number): Vector =>
  Float64Array.from({ length: dims[1]! }, (_, c) => Number(data[index * dims[1]! + c]));

function matrixTimes({ dims, data }: Tensor, x: Vector, bias?: Tensor): Vector {
  const [rows, columns] = dims as [number, number];
  return Float64Array.from({ length: rows }, (_, r) => {
    let total = Number(bias?.data[r] ?? 0);
    for (let c = 0; c < columns; c++) total += Number(data[r * columns + c]) * x[c]!;
    return total;
  });
}

function rmsNorm({ data }: Tensor, x: Vector, eps: number, offset: number): Vector {
  const rms = Math.sqrt(dot(x, x) / x.length + eps);
  return x.map((value, c) => (value / rms) * (offset + Number(data[c])));
}

const split = (x: Vector, count: number): Vector[] =>
  Array.from({ length: count }, (_, i) =>
    x.slice((i * x.length) / count, ((i + 1) * x.length) / count),
  );

const dot = (a: Vector, b: Vector): number => a.reduce((total, x, c) => total + x * b[c]!, 0);
const sum = (a: Vector, b: Vector): Vector => a.map((x, c) => x + b[c]!);
const silu = (x: number): number => x / (1 + Math.exp(-x));
const gelu = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
const capped = (x: number, cap: number | null | undefined): number =>
  cap ? cap * Math.tanh(x / cap) : x;

function softmax(scores: readonly number[]): number[] {
  const max = Math.max(...scores);
  const heat = scores.map((x) => Math.exp(x - max));
  const total = heat.reduce((a, b) => a + b, 0);
  return heat.map((x) => x / total);
}
