import { integrationUses } from '../interp/attribution/integrate-sae.ts';
import { circuitUses } from '../interp/circuit/circuit-uses.ts';
import { type TracedCircuits, traceCircuits } from '../interp/circuit/trace-circuits.ts';
import type { Reader } from '../interp/reader.ts';
import { circuitAgreement } from '../schema/circuit-agreement.ts';
import { circuitAreas, circuitCurves } from '../schema/circuit-curves.ts';
import { circuitScores } from '../schema/circuit-scores.ts';
import { circuitSwaps } from '../schema/circuit-swaps.ts';
import { circuitWordFeatures } from '../schema/circuit-word-features.ts';
import { completions } from '../schema/completions.ts';
import { graphAverageEdges, graphAverageNodes } from '../schema/graph-average.ts';
import { graphEdges } from '../schema/graph-edges.ts';
import { graphNodes } from '../schema/graph-nodes.ts';
import { items } from '../schema/items.ts';
import { agreementRows } from './circuits/agreement.ts';
import { averageGraph } from './circuits/average.ts';
import { transcodersByLayer } from './circuits/by-layer.ts';
import { areaRows, curveRows } from './circuits/curves.ts';
import { decisionsOf, decisionTokens, tracedSequences } from './circuits/decisions.ts';
import { edgeRows, nodeRows, scoresRow, type TestedCircuit } from './circuits/graph-rows.ts';
import { type ListCircuit, listCircuits } from './circuits/list-circuit.ts';
import { rankFeatures, TOP } from './circuits/rankings.ts';
import { swapRows } from './circuits/swaps.ts';
import { testEdges } from './circuits/test-edges.ts';
import { testNodes } from './circuits/test-nodes.ts';
import { wordFeatureRows } from './circuits/word-features.ts';
import { type Context, defineStage } from './define.ts';
import { listCounts, longestOf } from './extent.ts';
import { groupByList, listsAtTemperature } from './lists-by-id.ts';
import { readerOf } from './reader.ts';

const SETTINGS = ['seed', 'batchSize', 'templates', 'sampling', 'circuits', 'bootstrap'] as const;

type CircuitsContext = Context<(typeof SETTINGS)[number], 'model' | 'form' | 'transcoders'>;

const WRITES = [
  graphNodes,
  graphEdges,
  graphAverageNodes,
  graphAverageEdges,
  circuitScores,
  circuitAgreement,
  circuitCurves,
  circuitAreas,
  circuitSwaps,
  circuitWordFeatures,
] as const;

/**
 * Which features lead to the end of a list, and along which paths? An attribution graph of each list's last decision, over the
 * transcoders of all layers, and what interventions say of it.
 *
 * 1. Trace the decision of every list, and of the same list after the other word.
 * 2. Take nodes and edges away: does the metric change as the graph predicts?
 * 3. Keep the first features of several rankings, or take them away: how many explain the decision?
 * 4. Give features the values that they have with the other word: how much of its effect passes through them?
 */
export const circuitsStage = defineStage({
  name: 'circuits',
  source: import.meta.url,
  settings: SETTINGS,
  needs: ['model', 'form', 'transcoders'],
  reads: [completions, items],
  writes: WRITES,

  graphs: ({ study, model, transcoders, longest, lists }) => {
    const tokens = longestOf([study.circuits.template], longest);
    const sequences = listCounts([study.circuits.template], lists).all;
    const ranked = { tokens, sequences, top: TOP, topOfPart: 1, paths: ['zero'] as const };
    const byLayer = transcodersByLayer(transcoders, model.dims.nLayers);
    return [...circuitUses(model, byLayer, tokens), ...integrationUses(model, transcoders, ranked)];
  },

  async run(context) {
    const { study, form, read, write } = context;
    const all = listsAtTemperature(await read(completions), study.sampling.temperature);
    const decisions = decisionsOf(all, groupByList(await read(items)), study, form);
    if (decisions.length === 0) {
      for (const table of WRITES) write(table, []);
      return;
    }
    const tokens = decisionTokens(form);
    const sequences = decisions.flatMap((decision) => tracedSequences(decision, tokens));
    const reader = readerOf(context);
    const traced = await traceCircuits(
      reader,
      transcodersByLayer(context.transcoders, reader.model.dims.nLayers),
      sequences,
      {
        ...study.circuits,
        rows: reader.batchSize,
        onProgress: (done, layers) => context.progress(done, layers, 'layers traced'),
      },
    );
    const lists = listCircuits(decisions, traced);
    writeGraphs(context, traced, await testAll({ context, reader, traced }, lists));
    await writeParts({ context, reader, traced }, lists);
  },
});

interface Tracing {
  readonly context: CircuitsContext;
  readonly reader: Reader;
  readonly traced: TracedCircuits;
}

async function testAll(
  { context, reader, traced }: Tracing,
  lists: readonly ListCircuit[],
): Promise<TestedCircuit[]> {
  const { study, form, progress } = context;
  const { tested } = study.circuits;
  const tokens = decisionTokens(form);
  const nodes = await testNodes(reader, traced, lists, {
    seed: study.seed,
    tokens,
    tested,
    onProgress: (done) => progress(done, lists.length, 'lists, nodes taken away'),
  });
  const edges = await testEdges(reader, traced, lists, {
    tokens,
    most: tested.edges,
    onProgress: (done) => progress(done, lists.length, 'lists, edges taken away'),
  });
  return lists.map((circuit, i) => ({ circuit, nodes: nodes[i]!, edges: edges[i]! }));
}

function writeGraphs(
  { study, form, write }: CircuitsContext,
  traced: TracedCircuits,
  lists: readonly TestedCircuit[],
): void {
  const nodes = lists.flatMap((list) => nodeRows(list, traced, form.tokenizer));
  const edges = lists.flatMap((list) => edgeRows(list, traced));
  const average = averageGraph(nodes, edges);
  write(graphNodes, nodes);
  write(graphEdges, edges);
  write(graphAverageNodes, average.nodes);
  write(graphAverageEdges, average.edges);
  const tokens = decisionTokens(form);
  write(
    circuitScores,
    lists.map(({ circuit }) => scoresRow(circuit, tokens)),
  );
  write(circuitAgreement, agreementRows(lists, study));
}

async function writeParts(
  { context, reader, traced }: Tracing,
  lists: readonly ListCircuit[],
): Promise<void> {
  const { study, form, progress, write } = context;
  const tokens = decisionTokens(form);
  const ranked = await rankFeatures(reader, traced, lists, {
    seed: study.seed,
    tokens,
    steps: study.circuits.steps,
    onProgress: (done) => progress(done, 1, 'rankings'),
  });
  const curves = await curveRows(reader, traced, lists, {
    tokens,
    ranked,
    onProgress: (done) => progress(done, lists.length, 'lists, features kept'),
  });
  const topics = new Map(lists.map(({ decision: { list } }) => [list.sample_id, list.topic]));
  write(circuitCurves, curves);
  write(
    circuitAreas,
    areaRows(curves, (id) => topics.get(id)!, study),
  );
  const swaps = await swapRows(reader, traced, lists, {
    tokens,
    settings: study,
    onProgress: (done) => progress(done, lists.length, 'lists, values of the other word'),
  });
  write(circuitSwaps, swaps);
  write(circuitWordFeatures, wordFeatureRows(traced, lists, study));
}
