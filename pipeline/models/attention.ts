import type { Value } from '../graph/builder.ts';
import { scale, softcap } from '../graph/functions.ts';
import { add, concat, matmul, reshape, softmax, splitLike, transpose } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import type { BlockInputs } from './architecture.ts';
import { ofKind } from './attention-kind.ts';
import type { Layer } from './layer.ts';
import { norm } from './norm.ts';
import { type RotaryAngles, rotate } from './rotary.ts';

export interface AttentionOutputs {
  /** [B, T, d_model]: what is added to the residual stream. */
  readonly out: Value;
  /** Of the recent and the new tokens: [B, nKeyValueHeads, R + T, d_head]. */
  readonly keys: Value;
  readonly values: Value;
}

/** Grouped-query attention on the normalized residual stream. */
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
  return { keys, values, out: writeOut(layer, z) };
}

/** [B, T, d_model] → [B, T, heads, d_head], normalized where the family does so. */
function project({ spec, ...layer }: Layer, x: Value, name: 'q' | 'k' | 'v'): Value {
  const { nHeads, nKeyValueHeads, dHead } = spec.dims;
  // Scores are exponents: what is rounded there grows most.
  const linear = name === 'v' ? layer.linear : layer.exactLinear;
  const projected = layer.hook(`attn.hook_${name}`, linear(x, name));
  const heads = name === 'q' ? nHeads : nKeyValueHeads;
  const byHead = reshape(projected, [...x.shape.slice(0, 2), heads, dHead]);
  if (name === 'v' || !spec.attention.normalizesQueriesAndKeys) return byHead;
  const normed = norm({ spec, ...layer }, `attn.${name}_norm`, byHead);
  return layer.hook(`attn.${name}_norm.output`, normed);
}

/** Keys or values of the new tokens behind those of recent ones. */
const append = (recent: Value | undefined, now: Value): Value =>
  recent ? concat([recent, now], 2) : now;

interface KeysAndValues {
  readonly keys: Value;
  readonly values: Value;
}

/** What the heads read, side by side: [B, T, nHeads · d_head]. */
function mixHeads(layer: Layer, q: Value, current: KeysAndValues, inputs: BlockInputs): Value {
  const { cache } = inputs;
  const { nHeads, nKeyValueHeads, dHead } = layer.spec.dims;
  const [batch, t] = q.shape as [string, string];
  const heads = groupedHeads(layer, q);
  const scores = heads.score(current.keys, ofKind(inputs.bias, layer.kind, 'attention bias'));
  const mixed = cache
    ? mixCached(layer, heads, cache, { scores, values: current.values })
    : heads.mix(layer.hook('attn.hook_pattern', softmax(scores)), current.values);
  const grouped = reshape(mixed, [batch, nKeyValueHeads, nHeads / nKeyValueHeads, t, dHead]);
  return reshape(transpose(grouped, [0, 3, 1, 2, 4]), [batch, t, nHeads * dHead]);
}

interface GroupedHeads {
  /** [B, nHeads, T, S]: scores of the queries on keys, with what they may not see hidden. */
  score(keys: Value, bias: Value): Value;
  /** Values weighted by a pattern [B, nHeads, T, S]. */
  mix(pattern: Value, values: Value): Value;
}

/**
 * Queries that share a key lie side by side on one axis (head h uses key ⌊h / group⌋), so that keys and values are
 * never copied.
 */
function groupedHeads({ spec }: Layer, q: Value): GroupedHeads {
  const { nHeads, nKeyValueHeads, dHead } = spec.dims;
  const group = nHeads / nKeyValueHeads;
  const [batch, t] = q.shape as [string, string];
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

/** One softmax over cached and new keys; the cache is read where it lies. */
function mixCached(
  { index, kind }: Layer,
  heads: GroupedHeads,
  cache: NonNullable<BlockInputs['cache']>,
  current: { readonly scores: Value; readonly values: Value },
): Value {
  const bias = ofKind(cache.bias, kind, 'attention bias of the cache');
  const cached = heads.score(cache.keys[index]!, bias);
  const pattern = softmax(concat([cached, current.scores], -1));
  const [before, now] = splitLike(pattern, [cached, current.scores], -1);
  return add(heads.mix(before, cache.values[index]!), heads.mix(now, current.values));
}

function writeOut(layer: Layer, z: Value): Value {
  const { spec, linear, hook } = layer;
  const out = linear(z, 'o');
  if (!spec.norms.afterSublayers) return hook('hook_attn_out', out);
  return hook('hook_attn_out', norm(layer, 'ln1_post', hook('attn.output', out)));
}
