import type { Dim, Value } from '../graph/builder.ts';
import { scale, softcap } from '../graph/functions.ts';
import { concat, reshape, splitLike, transpose } from '../graph/layout.ts';
import { add, matmul, softmax } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import type { BlockInputs } from './architecture.ts';
import { valueOfKind } from './attention-kind.ts';
import type { Layer } from './layer.ts';
import { norm } from './norm.ts';
import { type RotaryAngles, rotate } from './rotary.ts';

export interface AttentionOutputs {
  /** [B, T, d_model]: added to the residual stream. */
  readonly out: Value;
  /** [B, nKeyValueHeads, R + T, d_head]: rotated keys of the recent and the new tokens. */
  readonly keys: Value;
  /** Values, of the same shape. */
  readonly values: Value;
}

/** Grouped-query attention on the normalized residual stream. Source: Ainslie et al. (2023), arXiv 2305.13245. */
export function attention(
  layer: Layer,
  resid: Value,
  angles: RotaryAngles,
  inputs: BlockInputs,
): AttentionOutputs {
  const { index, hook } = layer;
  const x = hook('ln1.output', norm(layer, 'ln1', resid));
  const q = hook('attn.hook_rot_q', rotate(project(layer, x, 'q'), angles));
  const k = hook('attn.hook_rot_k', rotate(project(layer, x, 'k'), angles));
  const keys = append(inputs.recent?.keys[index], transpose(k, [0, 2, 1, 3]));
  const v = project(layer, x, 'v');
  const values = append(inputs.recent?.values[index], transpose(v, [0, 2, 1, 3]));
  const z = hook('attn.hook_z', mixHeads(layer, q, { keys, values }, inputs));
  return { keys, values, out: projectOut(layer, z) };
}

/** [B, T, d_model] → [B, T, heads, d_head], normalized in models that normalize queries and keys. */
function project({ spec, ...layer }: Layer, x: Value, name: 'q' | 'k' | 'v'): Value {
  const { nHeads, nKeyValueHeads, dHead } = spec.dims;
  // Softmax exponentiates the scores, so rounding errors of queries and keys matter most.
  const linear = name === 'v' ? layer.linear : layer.exactLinear;
  const projected = layer.hook(`attn.hook_${name}`, linear(x, name));
  const heads = name === 'q' ? nHeads : nKeyValueHeads;
  const byHead = reshape(projected, [...x.shape.slice(0, 2), heads, dHead]);
  if (name === 'v' || !spec.attention.normalizesQueriesAndKeys) return byHead;
  const normed = norm({ spec, ...layer }, `attn.${name}_norm`, byHead);
  return layer.hook(`attn.${name}_norm.output`, normed);
}

/** Keys or values of the recent tokens, followed by those of the new tokens. */
const append = (recent: Value | undefined, current: Value): Value =>
  recent ? concat([recent, current], 2) : current;

interface KeysAndValues {
  readonly keys: Value;
  readonly values: Value;
}

/** [B, T, nHeads · d_head]: each head's pattern-weighted values, heads concatenated. */
function mixHeads(layer: Layer, q: Value, current: KeysAndValues, inputs: BlockInputs): Value {
  const { cache } = inputs;
  const { nHeads, nKeyValueHeads, dHead } = layer.spec.dims;
  const [batch, t] = q.shape as [Dim, Dim];
  const heads = groupedHeads(layer, q);
  const scores = heads.score(current.keys, valueOfKind(inputs.bias, layer.kind, 'attention bias'));
  const mixed =
    cache && layer.index >= (cache.from ?? 0)
      ? mixCached(layer, heads, cache, { scores, values: current.values })
      : heads.mix(layer.hook('attn.hook_pattern', softmax(scores)), current.values);
  const grouped = reshape(mixed, [batch, nKeyValueHeads, nHeads / nKeyValueHeads, t, dHead]);
  return reshape(transpose(grouped, [0, 3, 1, 2, 4]), [batch, t, nHeads * dHead]);
}

interface GroupedHeads {
  /** [B, nHeads, T, S]: attention scores of the queries on keys, masked by the bias. */
  score(keys: Value, bias: Value): Value;
  /** [B, nKeyValueHeads, group · T, d_head]: values weighted by a pattern [B, nHeads, T, S]. */
  mix(pattern: Value, values: Value): Value;
}

/**
 * The queries of the heads that share a key head are stacked along one axis (head h uses key head ⌊h / group⌋), so that
 * keys and values are not copied.
 */
function groupedHeads({ spec }: Layer, q: Value): GroupedHeads {
  const { nHeads, nKeyValueHeads, dHead } = spec.dims;
  const group = nHeads / nKeyValueHeads;
  const [batch, t] = q.shape as [Dim, Dim];
  const split = reshape(q, [batch, t, nKeyValueHeads, group, dHead]);
  const rows = product([group, t]);
  const queries = reshape(transpose(split, [0, 2, 3, 1, 4]), [batch, nKeyValueHeads, rows, dHead]);
  return {
    score: (keys, bias) => {
      const { scale: factor, softcap: cap } = spec.attention;
      const scaled = scale(matmul(queries, transpose(keys, [0, 1, 3, 2])), factor);
      const capped = cap === null ? scaled : softcap(scaled, cap);
      return add(reshape(capped, [batch, nHeads, t, keys.shape[2]!]), bias);
    },
    mix: (pattern, values) =>
      matmul(reshape(pattern, [batch, nKeyValueHeads, rows, pattern.shape[3]!]), values),
  };
}

/** One softmax over cached and current keys, without concatenating the cache and the current keys. */
function mixCached(
  { index, kind }: Layer,
  heads: GroupedHeads,
  cache: NonNullable<BlockInputs['cache']>,
  current: { readonly scores: Value; readonly values: Value },
): Value {
  const { from = 0, keys, values } = cache;
  const bias = valueOfKind(cache.bias, kind, 'attention bias of the cache');
  const cached = heads.score(keys[index - from]!, bias);
  const pattern = softmax(concat([cached, current.scores], -1));
  const [onCached, onCurrent] = splitLike(pattern, [cached, current.scores], -1);
  return add(heads.mix(onCached, values[index - from]!), heads.mix(onCurrent, current.values));
}

function projectOut(layer: Layer, z: Value): Value {
  const { spec, linear, hook } = layer;
  const out = linear(z, 'o');
  if (!spec.norms.afterSublayers) return hook('hook_attn_out', out);
  return hook('hook_attn_out', norm(layer, 'ln1_post', hook('attn.output', out)));
}
