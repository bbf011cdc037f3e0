import { Graph, type Value } from '../../../pipeline/graph/builder.ts';
import { add, matmul, sub } from '../../../pipeline/graph/ops.ts';
import { float32 } from '../../../pipeline/graph/tensor.ts';
import {
  isFrozen,
  mlpOutput,
  type Transcoders,
} from '../../../pipeline/interp/circuit/linear-view.ts';
import type { SequenceValues } from '../../../pipeline/interp/circuit/sequence-values.ts';
import type { Reader } from '../../../pipeline/interp/reader.ts';
import { forward } from '../../../pipeline/models/forward.ts';
import { floats } from '../../../pipeline/runtime/outputs.ts';
import { openSession } from '../../../pipeline/runtime/session.ts';
import type { Sae } from '../../../pipeline/sae/sae.ts';

/** What a held model is given: the embedded tokens, and what each layer's MLP adds, without a skip connection's change. */
export interface Given {
  readonly embed: Float32Array;
  readonly outputs: readonly Float32Array[];
}

/** The values of some hooks, and `logits` [T, d_vocab], by name, when a model is run with what it is given, and with the frozen values of a sequence. */
export type HeldModel = (given: Given) => Promise<Readonly<Record<string, Float32Array>>>;

/** What a held model holds, and takes as given. */
export interface Holding {
  /** Whether a hook's value is held at that of the sequence. */
  readonly holds: (hook: string) => boolean;
  /** Whether the MLPs' outputs are given; else what is given is added to them. */
  readonly givesOutputs: boolean;
}

export const LINEAR: Holding = { holds: isFrozen, givesOutputs: true };

/**
 * A forward pass on one sequence in which attention patterns, the factors of norms and the outputs of MLPs are given: written
 * apart from the linear view, so that what the view says can be measured. A skip connection passes on what its input changes by.
 */
export async function heldModel(
  { model, provider }: Reader,
  transcoders: Transcoders<Sae>,
  { batch, frozen, hooks: clean }: SequenceValues,
  hooks: readonly string[],
  { holds, givesOutputs }: Holding = LINEAR,
): Promise<HeldModel & AsyncDisposable> {
  const { dModel } = model.dims;
  const T = batch.length;
  const graph = new Graph();
  const shape = [1, T, dModel] as const;
  const inputs = new Map<string, Value>();
  const ofResidual = ['B', 'T', dModel];
  const embed = graph.input('embed', 'float32', ofResidual);
  const edit = (hook: string, value: Value): Value => {
    inputs.set(hook, value);
    if (holds(hook)) return graph.input(`given ${hook}`, 'float32', value.shape);
    const layer = transcoders.findIndex((_, index) => mlpOutput(index) === hook);
    if (layer < 0) return value;
    const given = graph.input(`given ${hook}`, 'float32', ofResidual);
    if (!givesOutputs) return add(value, given);
    const coder = transcoders[layer];
    if (!coder?.params.W_skip) return given;
    const before = graph.input(`clean ${coder.hook}`, 'float32', ofResidual);
    const change = sub(inputs.get(coder.hook)!, before);
    return add(given, matmul(change, graph.constant(coder.params.W_skip)));
  };
  const withEmbedding = { ...model, embed: () => add(embed, graph.scalar(0, 'float32')) };
  const { weights, resid } = forward(withEmbedding, graph, { edit });
  graph.output('logits', model.unembed(weights, resid).logits);
  for (const hook of hooks) graph.output(hook, graph.find(hook));
  const session = await openSession(graph, { provider });
  const run: HeldModel = async (given) => {
    const outputs = await session.run({
      ...batch.feeds,
      ...frozen,
      embed: float32(given.embed, shape),
      ...Object.fromEntries(
        transcoders
          .filter((coder) => coder?.params.W_skip)
          .map((coder) => [`clean ${coder!.hook}`, float32(clean[coder!.hook]!, shape)]),
      ),
      ...Object.fromEntries(
        given.outputs.map((value, l) => [`given ${mlpOutput(l)}`, float32(value, shape)]),
      ),
    });
    return Object.fromEntries([...hooks, 'logits'].map((name) => [name, floats(outputs, name)]));
  };
  return Object.assign(run, { [Symbol.asyncDispose]: () => session.release() });
}
