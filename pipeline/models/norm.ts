import type { Value } from '../graph/builder.ts';
import { inverseRms, shift } from '../graph/functions.ts';
import { mul } from '../graph/ops.ts';
import type { NormSpec } from './decoder-spec.ts';
import type { Layer } from './layer.ts';
import type { Norm } from './weight-names.ts';

/**
 * RMS norm over the last axis. `hook_normalized` is the value before the norm's weight, as in TransformerLens;
 * `inverse_rms` [..., 1] is what x is multiplied by.
 */
export function norm({ spec, normWeight, hook }: Layer, name: Norm, x: Value): Value {
  const factor = hook(`${name}.inverse_rms`, inverseRms(x, spec.norms.eps));
  const normalized = hook(`${name}.hook_normalized`, mul(x, factor));
  return scaleByWeight(normalized, normWeight(name), spec.norms);
}

/** Multiply by a norm's weight, to which the model's offset is added. */
export const scaleByWeight = (x: Value, weight: Value, { weightOffset }: NormSpec): Value =>
  mul(x, weightOffset === 0 ? weight : shift(weight, weightOffset));
