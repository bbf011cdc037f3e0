import { type Removal, Removals } from '../../interp/circuit/removals.ts';
import type { Decision } from '../../interp/circuit/target-vectors.ts';
import type { TracedCircuits } from '../../interp/circuit/trace-circuits.ts';
import type { TracedEdge } from '../../interp/circuit/tracing.ts';
import type { Reader } from '../../interp/reader.ts';
import { encoderColumn } from '../../sae/encoder-column.ts';
import type { ListCircuit } from './list-circuit.ts';
import { metricOf } from './test-nodes.ts';
import { vectorOf } from './vectors.ts';

/** The change of a target's input when a source is taken away and the outputs of all other MLPs are held. */
export interface EdgeTest {
  readonly edge: TracedEdge;
  readonly measured: number;
}

export interface EdgeTestOptions {
  readonly tokens: Decision;
  /** Edges of each list. */
  readonly most: number;
  readonly onProgress: (done: number) => void;
}

/** Test the most influential edges of every circuit. @returns [list] */
export async function testEdges(
  reader: Reader,
  traced: TracedCircuits,
  lists: readonly ListCircuit[],
  { tokens, most, onProgress }: EdgeTestOptions,
): Promise<EdgeTest[][]> {
  await using removals = await Removals.open(reader, traced.transcoders, 'mlps');
  const tests: EdgeTest[][] = [];
  for (const list of lists) {
    const edges = list.pruned.edges.slice(0, most);
    const nothing = { layer: 0, pos: 0, vector: new Float32Array(reader.model.dims.dModel) };
    // Without a removal, each target's input is measured, too: by the same arithmetic.
    const targets = [...new Set(edges.map(({ target }) => target))];
    const measured = await removals.measure(list.own, tokens, [
      ...targets.map((target) => ({ ...nothing, ...readOf(list, traced, target) })),
      ...edges.map((edge) => removalOf(list, traced, edge)),
    ]);
    const readingOf = (target: number, i: number) =>
      target < 0 ? metricOf(measured[i]!) : measured[i]!.reading;
    const clean = new Map(targets.map((target, i) => [target, readingOf(target, i)]));
    tests.push(
      edges.map((edge, i) => ({
        edge,
        measured: readingOf(edge.target, targets.length + i) - clean.get(edge.target)!,
      })),
    );
    onProgress(tests.length);
  }
  return tests;
}

function removalOf(list: ListCircuit, traced: TracedCircuits, edge: TracedEdge): Removal {
  const { layer, pos } = list.own.tracing.sources.at(edge.source);
  const vector = vectorOf(list.own, traced.transcoders, edge.source);
  return { layer, pos, vector, ...readOf(list, traced, edge.target) };
}

/** What a target's encoder reads; nothing for the decision, which is read from the probabilities. */
function readOf(
  { own }: ListCircuit,
  { transcoders }: TracedCircuits,
  target: number,
): Pick<Removal, 'read'> {
  if (target < 0) return {};
  const { layer, pos, index } = own.tracing.sources.at(target);
  const feature = own.layers[layer]!.features[index]!;
  return { read: { layer, pos, vector: encoderColumn(transcoders[layer]!, feature) } };
}
