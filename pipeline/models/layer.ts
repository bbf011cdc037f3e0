import type { Value } from '../graph/builder.ts';
import { add } from '../graph/ops.ts';
import type { BlockInputs } from './architecture.ts';
import type { AttentionKind } from './attention-kind.ts';
import type { DecoderSpec, Projection } from './decoder-spec.ts';
import { hasBias, layerWeightName, type Norm } from './weight-names.ts';
import type { Weights } from './weights.ts';

/** One layer of a decoder inside a graph: access to its weights and hooks. */
export interface Layer {
  readonly index: number;
  readonly kind: AttentionKind;
  readonly spec: DecoderSpec;
  normWeight(name: Norm): Value;
  /** `x Wᵀ` over the last axis, plus the bias where there is one. */
  linear(x: Value, name: Projection): Value;
  /** The same by `Weights.exactProduct`, not rounded to bfloat16. */
  exactLinear(x: Value, name: Projection): Value;
  /** Make a value a hook point of this layer. @returns the value, or the edited value where an edit replaces it */
  hook(name: string, value: Value): Value;
}

export function openLayer(
  spec: DecoderSpec,
  weights: Weights,
  index: number,
  edit: BlockInputs['edit'],
): Layer {
  const addBias = (y: Value, name: Projection): Value =>
    hasBias(spec, name) ? add(y, weights.vector(layerWeightName(spec, index, name, 'bias'))) : y;
  return {
    index,
    kind: spec.attention.layers[index]!,
    spec,
    normWeight: (name) => weights.vector(layerWeightName(spec, index, name)),
    linear: (x, name) => addBias(weights.product(x, layerWeightName(spec, index, name)), name),
    exactLinear: (x, name) =>
      addBias(weights.exactProduct(x, layerWeightName(spec, index, name)), name),
    hook: (name, value) => {
      const hook = `blocks.${index}.${name}`;
      const named = value.graph.rename(value, hook);
      return edit?.(hook, named) ?? named;
    },
  };
}
