import type { Value } from '../graph/builder.ts';
import { reshape } from '../graph/layout.ts';
import { add, cast, less, matmul, mul, where } from '../graph/ops.ts';
import { float32, int64 } from '../graph/tensor.ts';
import type { BlockInputs } from '../models/architecture.ts';
import type { Model } from '../models/model.ts';
import type { Feeds } from '../runtime/session.ts';

/** A feature that may be switched: its part of an SAE without TopK. */
export interface SwitchedFeature {
  /** [d]: its column of the encoder. */
  readonly encoder: Float32Array;
  readonly bias: number;
  readonly threshold: number;
  /** [d]: its row of the decoder. */
  readonly decoder: Float32Array;
}

/** Where features are switched. */
export interface SwitchSite {
  /** The value that their SAE reads and rebuilds, [B, T, d]. */
  readonly hook: string;
  /** Number of features. */
  readonly count: number;
  /** Positions at the start of a sequence that no switch changes. */
  readonly uncounted: number;
}

const NAMES = {
  encoder: 'switch encoder',
  bias: 'switch bias',
  threshold: 'switch threshold',
  decoder: 'switch decoder',
  change: 'switch change',
  until: 'switch until',
} as const;

/**
 * A model in which some features' activations are multiplied by factors, at the positions before one that is fed, of the prompt and of
 * what is written: `x + Σ (factor − 1) · activation · decoder`. Factors of 1 leave every value as it is. Its graphs have inputs: `switchFeeds`.
 */
export const switchedModel = (model: Model, site: SwitchSite): Model => ({
  ...model,
  blocks: (weights, inputs) => model.blocks(weights, { ...inputs, edit: switchEdit(site, inputs) }),
});

function switchEdit(
  { hook: site, count, uncounted }: SwitchSite,
  { edit, positions }: BlockInputs,
): NonNullable<BlockInputs['edit']> {
  return (hook, given) => {
    const value = edit?.(hook, given) ?? given;
    if (hook !== site) return value;
    const { graph } = value;
    const d = Number(value.shape.at(-1));
    const input = (name: string, shape: readonly number[]) => graph.input(name, 'float32', shape);
    const zero = graph.scalar(0, 'float32');
    const pre = add(matmul(value, input(NAMES.encoder, [d, count])), input(NAMES.bias, [count]));
    const acts = where(less(input(NAMES.threshold, [count]), pre), pre, zero);
    const changed = matmul(
      mul(acts, input(NAMES.change, [count])),
      input(NAMES.decoder, [count, d]),
    );
    return add(value, where(isSwitched(positions, uncounted), changed, zero));
  };
}

/** [B, T, 1] */
function isSwitched(positions: Value, uncounted: number): Value {
  const { graph } = positions;
  const pos = reshape(cast(positions, 'int32'), [...positions.shape, 1]);
  const until = cast(graph.input(NAMES.until, 'int64', [1]), 'int32');
  // `uncounted` ≤ position < until, by one comparison: the positions before are moved beyond it.
  const from = graph.scalar(uncounted - 1, 'int32');
  return less(where(less(from, pos), pos, until), until);
}

/** What is switched. */
export interface Switches {
  readonly features: readonly SwitchedFeature[];
  /** [feature]: 0 is off, 1 as it is. */
  readonly factors: readonly number[];
  /** The first position that is left as it is, from 0: a prompt's length to switch in the prompt alone. */
  readonly until: number;
}

/** The inputs of a switched model's graphs. */
export function switchFeeds({ features, factors, until }: Switches): Feeds {
  const count = features.length;
  const d = features[0]!.encoder.length;
  const encoder = new Float32Array(d * count);
  const decoder = new Float32Array(count * d);
  features.forEach((feature, i) => {
    feature.encoder.forEach((x, at) => {
      encoder[at * count + i] = x;
    });
    decoder.set(feature.decoder, i * d);
  });
  const vector = (values: readonly number[]) => float32(Float32Array.from(values), [count]);
  return {
    [NAMES.encoder]: float32(encoder, [d, count]),
    [NAMES.bias]: vector(features.map(({ bias }) => bias)),
    [NAMES.threshold]: vector(features.map(({ threshold }) => Math.max(0, threshold))),
    [NAMES.decoder]: float32(decoder, [count, d]),
    [NAMES.change]: vector(factors.map((factor) => factor - 1)),
    [NAMES.until]: int64([until], [1]),
  };
}
