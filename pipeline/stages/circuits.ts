import { once } from '../engine/once.ts';
import { integrationUses } from '../interp/attribution/integrate-sae.ts';
import { circuitUses } from '../interp/circuit/circuit-uses.ts';
import type { Transcoders } from '../interp/circuit/linear-view.ts';
import { meanActivations } from '../interp/circuit/mean-acts.ts';
import type { Reader } from '../interp/reader.ts';
import type { SaeFile } from '../sae/sae.ts';
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
import { areaRows } from './circuits/curves.ts';
import { decisionsOf, type ListDecision } from './circuits/decisions.ts';
import { type Activity, type Findings, findCircuits } from './circuits/findings.ts';
import { TOP } from './circuits/rankings.ts';
import { swapRows } from './circuits/swaps.ts';
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
  divided: 'lists',

  graphs: ({ study, model, transcoders, longest, lists }) => {
    const tokens = longestOf([study.circuits.template], longest);
    const sequences = listCounts([study.circuits.template], lists).all;
    const ranked = { tokens, sequences, top: TOP, topOfPart: 1, paths: ['zero'] as const };
    const byLayer = transcodersByLayer(transcoders, model.dims.nLayers);
    return [...circuitUses(model, byLayer, tokens), ...integrationUses(model, transcoders, ranked)];
  },

  async run(context) {
    const { study, form, read, write, keep, divide, progress } = context;
    const all = listsAtTemperature(await read(completions), study.sampling.temperature);
    const decisions = decisionsOf(all, groupByList(await read(items)), study, form);
    if (decisions.length === 0) {
      for (const table of WRITES) write(table, []);
      return;
    }
    const reader = readerOf(context);
    const transcoders = transcodersByLayer(context.transcoders, reader.model.dims.nLayers);
    const readActivity = once(() => activityOf(reader, transcoders, decisions));
    const findingsOf = (piece: Piece): Promise<Findings> =>
      keep(`lists-${piece.first}`, async () => {
        const onProgress = (part: number) => {
          const done = piece.first + part * piece.decisions.length;
          progress(Number(done.toFixed(1)), decisions.length, 'lists traced and tested');
        };
        const setting = { reader, form, study, transcoders, ...(await readActivity()), onProgress };
        return findCircuits(setting, piece.decisions);
      });
    const pieces = piecesOf(decisions);
    await divide(pieces, async (own) => {
      for (const piece of own) await findingsOf(piece);
    });
    const findings: Findings[] = [];
    for (const piece of pieces) findings.push(await findingsOf(piece));
    writeAll(context, decisions, findings);
  },
});

/** The mean activation of each feature of whole transcoders over all lists, and which are active in any run. */
async function activityOf(
  reader: Reader,
  transcoders: Transcoders<SaeFile>,
  decisions: readonly ListDecision[],
): Promise<Activity> {
  const means = await meanActivations(reader, transcoders, decisions);
  const swapped = decisions.map(({ swappedIds }) => ({ ids: swappedIds }));
  const others = await meanActivations(reader, transcoders, swapped);
  const active = means.map((mean, layer) => mean?.map((x, i) => x + others[layer]![i]!) ?? null);
  return { means, active };
}

/** Lists whose circuits are in memory together. What is active is asked of all lists, and does not depend on it. */
const PIECE = 4;

interface Piece {
  /** Index of its first list. */
  readonly first: number;
  readonly decisions: readonly ListDecision[];
}

const piecesOf = (decisions: readonly ListDecision[]): Piece[] =>
  Array.from({ length: Math.ceil(decisions.length / PIECE) }, (_, i) => ({
    first: i * PIECE,
    decisions: decisions.slice(i * PIECE, (i + 1) * PIECE),
  }));

function writeAll(
  { study, write }: CircuitsContext,
  decisions: readonly ListDecision[],
  findings: readonly Findings[],
): void {
  const topics = new Map(decisions.map(({ list }) => [list.sample_id, list.topic]));
  const topicOf = (sampleId: string) => topics.get(sampleId)!;
  const every = <T>(of: (each: Findings) => readonly T[]) => findings.flatMap(of);
  const nodes = every((each) => each.nodes);
  const edges = every((each) => each.edges);
  const curves = every((each) => each.curves);
  const average = averageGraph({ nodes, edges }, topicOf, study);
  write(graphNodes, nodes);
  write(graphEdges, edges);
  write(graphAverageNodes, average.nodes);
  write(graphAverageEdges, average.edges);
  write(
    circuitScores,
    every((each) => each.scores),
  );
  write(
    circuitAgreement,
    agreementRows(
      every((each) => each.tests),
      topicOf,
      study,
    ),
  );
  write(circuitCurves, curves);
  write(circuitAreas, areaRows(curves, topicOf, study));
  write(
    circuitSwaps,
    swapRows(
      every((each) => each.swaps),
      study,
    ),
  );
  write(
    circuitWordFeatures,
    wordFeatureRows(
      every((each) => each.changed),
      study,
    ),
  );
}
