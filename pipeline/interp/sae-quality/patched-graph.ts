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

const gateName = (hook: string) => `gate of ${hook}`;
const patchName = (hook: string) => `patch of ${hook}`;

/**
 * The model with a gated patch at each hook of some SAEs: gate 0 leaves the hook's value, gate 1 replaces it by the
 * patch. Outputs: `realised` [B, T], the log-probability of the token that follows; the values of the hooks.
 */
export function patchedGraph(model: Model, saes: readonly SaeSpec[]): Graph {
  const graph = new Graph();
  const hooks = [...widthsOf(saes).keys()];
  const edit = (hook: string, value: Value): Value => {
    if (!hooks.includes(hook)) return value;
    const gate = graph.input(gateName(hook), 'float32', [1]);
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
  /** `realised` with the value of one hook replaced by a patch, or by zero where the patch is null. */
  patched(hook: string, patch: Tensor | null): Promise<Fetches>;
}

export function patchedRuns(
  session: Session,
  { batch, sequences }: SequenceBatch<Sequence>,
  widths: ReadonlyMap<string, number>,
): PatchedRuns {
  const { rows, length } = batch;
  const feeds = { ...batch.feeds, next_ids: nextIds(sequences.map(({ ids }) => ids)) };
  const zeros = new Map<number, Tensor>();
  for (const width of widths.values())
    if (!zeros.has(width))
      zeros.set(width, float32(new Float32Array(rows * length * width), [rows, length, width]));
  /** Gate 1 at the patched hook, gate 0 at the others. */
  const patchFeeds = (patchedHook?: string, patch: Tensor | null = null): Feeds => {
    const gatesAndPatches: Record<string, Tensor> = {};
    for (const [hook, width] of widths) {
      const isPatched = hook === patchedHook;
      gatesAndPatches[gateName(hook)] = float32([isPatched ? 1 : 0], [1]);
      gatesAndPatches[patchName(hook)] = (isPatched && patch) || zeros.get(width)!;
    }
    return gatesAndPatches;
  };
  return {
    clean: () => session.run({ ...feeds, ...patchFeeds() }, ['realised', ...widths.keys()]),
    patched: (hook, patch) => session.run({ ...feeds, ...patchFeeds(hook, patch) }, ['realised']),
  };
}
