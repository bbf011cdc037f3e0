import { Graph, type Value } from '../../graph/builder.ts';
import { logSoftmax } from '../../graph/functions.ts';
import { add, gatherElements, mul, reshape, sub } from '../../graph/ops.ts';
import { float32, type Tensor } from '../../graph/tensor.ts';
import { forward } from '../../models/forward.ts';
import type { Model } from '../../models/model.ts';
import { nextIds } from '../../runtime/batch.ts';
import type { Feeds, Fetches, Session } from '../../runtime/session.ts';
import { checkHooks, type SaeSpec } from '../../sae/sae.ts';
import type { Sequence, SequenceBatch } from '../reader.ts';

const GATE = (hook: string) => `gate of ${hook}`;
const PATCH = (hook: string) => `patch of ${hook}`;

/** The model with a gate at each hook of some SAEs: 0 leaves its value, 1 puts the patch in its place. */
export function patchedGraph(model: Model, saes: readonly SaeSpec[]): Graph {
  const graph = new Graph();
  const hooks = [...widthsOf(saes).keys()];
  const edit = (hook: string, value: Value): Value => {
    if (!hooks.includes(hook)) return value;
    const gate = graph.input(GATE(hook), 'float32', [1]);
    const patch = graph.input(PATCH(hook), 'float32', ['B', 'T', value.shape.at(-1)!]);
    return add(value, mul(gate, sub(patch, value)));
  };
  const { weights, resid } = forward(model, graph, { edit });
  for (const sae of saes) checkHooks(sae, graph);
  const next = graph.input('next_ids', 'int64', ['B', 'T', 1]);
  const logProbs = logSoftmax(model.unembed(weights, resid).logits);
  graph.output('realised', reshape(gatherElements(logProbs, next), ['B', 'T']));
  for (const hook of hooks) graph.output(hook, graph.find(hook));
  return graph;
}

/** Width of each value that some SAEs read or rebuild, by its hook. */
export const widthsOf = (saes: readonly SaeSpec[]): ReadonlyMap<string, number> =>
  new Map(
    saes.flatMap(({ hook, outputHook, dIn, dOut }): [string, number][] => [
      [hook, dIn],
      [outputHook, dOut],
    ]),
  );

/** Runs of the patched graph on one batch. */
export interface PatchedRuns {
  /** As it is: `realised`, and every hook's value. */
  clean(): Promise<Fetches>;
  /** `realised` with one hook's value replaced; null replaces it by zero. */
  patched(hook: string, patch: Tensor | null): Promise<Fetches>;
}

export function patchedRuns(
  session: Session,
  { batch, sequences }: SequenceBatch<Sequence>,
  widths: ReadonlyMap<string, number>,
): PatchedRuns {
  const { rows, length } = batch;
  const feeds = { ...batch.feeds, next_ids: nextIds(sequences.map(({ ids }) => ids)) };
  const zeroOf = new Map<number, Tensor>();
  for (const width of widths.values())
    if (!zeroOf.has(width))
      zeroOf.set(width, float32(new Float32Array(rows * length * width), [rows, length, width]));
  /** Every gate shut but for one hook's. */
  const gates = (open?: string, patch: Tensor | null = null): Feeds => {
    const fed: Record<string, Tensor> = {};
    for (const [hook, width] of widths) {
      fed[GATE(hook)] = float32([hook === open ? 1 : 0], [1]);
      fed[PATCH(hook)] = (hook === open && patch) || zeroOf.get(width)!;
    }
    return fed;
  };
  return {
    clean: () => session.run({ ...feeds, ...gates() }, ['realised', ...widths.keys()]),
    patched: (hook, patch) => session.run({ ...feeds, ...gates(hook, patch) }, ['realised']),
  };
}
