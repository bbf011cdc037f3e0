import type { Graph, Value } from '../../graph/builder.ts';
import { reshape } from '../../graph/layout.ts';
import { add, cast, less, matmul, mul, sub, where } from '../../graph/ops.ts';
import { float32 } from '../../graph/tensor.ts';
import type { BlockInputs } from '../../models/architecture.ts';
import type { Model } from '../../models/model.ts';
import type { Weights } from '../../models/weights.ts';
import type { Feeds } from '../../runtime/session.ts';
import { encode, type SaeWeights } from '../../sae/jump-relu.ts';
import type { Sae } from '../../sae/sae.ts';
import type { Transcoders } from './linear-view.ts';
import { coderInputs, paramFeeds } from './splice-graph.ts';

/** Which features of a layer keep their activations, and what the others are set to, at every counted position. */
export interface LayerGate {
  /** [d_sae]: 1 where the feature is kept, else 0. */
  readonly keep: Float32Array;
  /** [d_sae] */
  readonly rest: Float32Array;
}

const keepName = (layer: number): string => `gate of ${layer}`;
const restName = (layer: number): string => `rest of ${layer}`;

interface GateInputs {
  readonly weights: SaeWeights;
  readonly keep: Value;
  readonly rest: Value;
}

/**
 * A model in which the features of transcoders are kept or set to fixed activations, at every counted position of the prompt and of
 * what it writes; errors are kept. Its graphs have inputs for the parameters and for the gates: `gateFeeds`.
 */
export function splicedModel(model: Model, transcoders: Transcoders, uncounted: number): Model {
  const inputsOf = new WeakMap<Weights, ReadonlyMap<string, GateInputs>>();
  return {
    ...model,
    load: (graph, dtype) => {
      const weights = model.load(graph, dtype);
      inputsOf.set(weights, gateInputs(graph, transcoders));
      return weights;
    },
    blocks: (weights, inputs) => {
      const gates = inputsOf.get(weights)!;
      return model.blocks(weights, {
        ...inputs,
        edit: gatedEdit(gates, transcoders, { ...inputs, uncounted }),
      });
    },
  };
}

/** By the hook of each layer's output. */
function gateInputs(graph: Graph, transcoders: Transcoders): ReadonlyMap<string, GateInputs> {
  const inputs = new Map<string, GateInputs>();
  transcoders.forEach((coder, layer) => {
    if (!coder) return;
    inputs.set(coder.outputHook, {
      weights: coderInputs(graph, coder, layer),
      keep: graph.input(keepName(layer), 'float32', [coder.dSae]),
      rest: graph.input(restName(layer), 'float32', [coder.dSae]),
    });
  });
  return inputs;
}

function gatedEdit(
  gates: ReadonlyMap<string, GateInputs>,
  transcoders: Transcoders,
  { edit, positions, uncounted }: BlockInputs & { readonly uncounted: number },
): NonNullable<BlockInputs['edit']> {
  const read = new Map(
    transcoders.flatMap((coder) => (coder ? [[coder.outputHook, coder.hook]] : [])),
  );
  const seen = new Map<string, Value>();
  return (hook, given) => {
    const value = edit?.(hook, given) ?? given;
    seen.set(hook, value);
    const gate = gates.get(hook);
    if (!gate) return value;
    const { graph } = value;
    const { weights, keep, rest } = gate;
    const acts = encode(weights, seen.get(read.get(hook)!)!);
    const change = mul(sub(keep, graph.scalar(1, 'float32')), sub(acts, rest)); // 0 where kept, else rest − acts
    const pos = reshape(cast(positions, 'int32'), [...positions.shape, 1]);
    const isCounted = less(graph.scalar(uncounted - 1, 'int32'), pos);
    return add(value, where(isCounted, matmul(change, weights.W_dec), graph.scalar(0, 'float32')));
  };
}

/** The inputs of a spliced model's graphs. @param gates [layer] */
export const gateFeeds = (
  transcoders: Transcoders<Sae>,
  gates: readonly (LayerGate | null)[],
): Feeds => ({
  ...paramFeeds(transcoders),
  ...Object.fromEntries(
    gates.flatMap((gate, layer) =>
      gate
        ? [
            [keepName(layer), float32(gate.keep, [gate.keep.length])],
            [restName(layer), float32(gate.rest, [gate.rest.length])],
          ]
        : [],
    ),
  ),
});
