import { Graph, type Value } from '../../graph/builder.ts';
import { logSoftmax } from '../../graph/functions.ts';
import { reshape } from '../../graph/layout.ts';
import { add, gatherElements, mul, sub } from '../../graph/ops.ts';
import { float32, type Tensor } from '../../graph/tensor.ts';
import { forward } from '../../models/forward.ts';
import type { Model } from '../../models/model.ts';
import { nextIds } from '../../runtime/batch.ts';
import type { Feeds, Fetches, Session } from '../../runtime/session.ts';
import { checkHooks, type SaeSpec } from '../../sae/sae.ts';
import type { Sequence, SequenceBatch } from '../reader.ts';

const gateName = (hook: string) => `gate of ${hook}`;
const patchName = (hook: string) => `patch of ${hook}`;

/**
 * The model with a gated patch at each hook of some SAEs: at each position, gate 0 leaves the hook's value, gate 1 replaces
 * it by the patch. Outputs: `realised` [B, T], the log-probability of the token that follows; the values of the hooks.
 */
export function patchedGraph(model: Model, saes: readonly SaeSpec[]): Graph {
  const graph = new Graph();
  const hooks = [...widthsOf(saes).keys()];
  const edit = (hook: string, value: Value): Value => {
    if (!hooks.includes(hook)) return value;
    const gate = graph.input(gateName(hook), 'float32', ['B', 'T', 1]);
    const patch = graph.input(patchName(hook), 'float32', ['B', 'T', value.shape.at(-1)!]);
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

/** Width of each hook that some SAEs read or reconstruct. */
export const widthsOf = (saes: readonly SaeSpec[]): ReadonlyMap<string, number> =>
  new Map(
    saes.flatMap(({ hook, outputHook, dIn, dOut }): [string, number][] => [
      [hook, dIn],
      [outputHook, dOut],
    ]),
  );

/** Runs of the patched graph on one batch. */
export interface PatchedRuns {
  /** Without patches: `realised`, and the values of all hooks. */
  clean(): Promise<Fetches>;
  /** `realised` with the value of one hook replaced by a patch at counted positions. */
  patched(hook: string, patch: Tensor): Promise<Fetches>;
  /** A patch with one value at every position. @param value [width] */
  constant(value: Float32Array): Tensor;
}

/** The hooks that can be patched, with their widths, and the positions where they are: [B, T, 1], 1 at counted ones. */
export interface PatchedHooks {
  readonly widths: ReadonlyMap<string, number>;
  readonly counted: Tensor;
}

export function patchedRuns(
  session: Session,
  { batch, sequences }: SequenceBatch<Sequence>,
  { widths, counted }: PatchedHooks,
): PatchedRuns {
  const { rows, length } = batch;
  const feeds = { ...batch.feeds, next_ids: nextIds(sequences.map(({ ids }) => ids)) };
  const constant = (value: Float32Array): Tensor => {
    const all = new Float32Array(rows * length * value.length);
    for (let i = 0; i < rows * length; i++) all.set(value, i * value.length);
    return float32(all, [rows, length, value.length]);
  };
  const zeros = new Map<number, Tensor>();
  for (const width of widths.values())
    if (!zeros.has(width)) zeros.set(width, constant(new Float32Array(width)));
  const closed = float32(new Float32Array(rows * length), [rows, length, 1]);
  /** The gate of the patched hook is open at counted positions, those of the others are closed. */
  const patchFeeds = (patchedHook?: string, patch?: Tensor): Feeds => {
    const gatesAndPatches: Record<string, Tensor> = {};
    for (const [hook, width] of widths) {
      const isPatched = hook === patchedHook;
      gatesAndPatches[gateName(hook)] = isPatched ? counted : closed;
      gatesAndPatches[patchName(hook)] = (isPatched && patch) || zeros.get(width)!;
    }
    return gatesAndPatches;
  };
  return {
    constant,
    clean: () => session.run({ ...feeds, ...patchFeeds() }, ['realised', ...widths.keys()]),
    patched: (hook, patch) => session.run({ ...feeds, ...patchFeeds(hook, patch) }, ['realised']),
  };
}
