import type { Transcoders } from '../../interp/circuit/linear-view.ts';
import {
  type TracedCircuits,
  type TracedSequence,
  traceCircuits,
} from '../../interp/circuit/trace-circuits.ts';
import type { Reader } from '../../interp/reader.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { SaeFile } from '../../sae/sae.ts';
import type { CircuitCurveRow } from '../../schema/circuit-curves.ts';
import type { CircuitScoresRow } from '../../schema/circuit-scores.ts';
import type { GraphEdgeRow } from '../../schema/graph-edges.ts';
import type { GraphNodeRow } from '../../schema/graph-nodes.ts';
import type { Settings } from '../../study/study.ts';
import { effectsOf, type TestEffects } from './agreement.ts';
import { curveRows } from './curves.ts';
import { decisionTokens, type ListDecision, tracedSequences } from './decisions.ts';
import { edgeRows, nodeRows, scoresRow, type TestedCircuit } from './graph-rows.ts';
import { type ListCircuit, listCircuits } from './list-circuit.ts';
import { rankFeatures } from './rankings.ts';
import { type SwapEffect, swapEffects } from './swaps.ts';
import { testEdges } from './test-edges.ts';
import { testNodes } from './test-nodes.ts';
import { type ChangedList, placedChanges } from './word-features.ts';

/** What is found of the circuits of some lists: JSON, so that it can be kept. */
export interface Findings {
  readonly nodes: readonly GraphNodeRow[];
  readonly edges: readonly GraphEdgeRow[];
  readonly scores: readonly CircuitScoresRow[];
  readonly tests: readonly TestEffects[];
  readonly curves: readonly CircuitCurveRow[];
  readonly swaps: readonly SwapEffect[];
  readonly changed: readonly ChangedList[];
}

/** Of the features of whole transcoders, over all lists of the stage. */
export interface Activity {
  /** [layer][d_sae]: mean activation over the counted positions. */
  readonly means: readonly (Float32Array | null)[];
  /** [layer][d_sae]: not 0 where the feature is active in any list, after either word. */
  readonly active: readonly (Float32Array | null)[];
}

export interface FindingSetting extends Activity {
  readonly reader: Reader;
  readonly form: TokenForm;
  readonly study: Pick<Settings, 'seed' | 'circuits'>;
  readonly transcoders: Transcoders<SaeFile>;
  /** @param part from 0 to 1, of these lists */
  readonly onProgress: (part: number) => void;
}

/** Trace the decisions of some lists, test the graphs, and measure what parts of them do. */
export async function findCircuits(
  setting: FindingSetting,
  decisions: readonly ListDecision[],
): Promise<Findings> {
  const tokens = decisionTokens(setting.form);
  const sequences = decisions.flatMap((decision) => tracedSequences(decision, tokens));
  const traced = await trace(setting, sequences);
  const lists = listCircuits(decisions, traced);
  const tested = await testAll(setting, traced, lists);
  return {
    nodes: tested.flatMap((list) => nodeRows(list, traced, setting.form.tokenizer)),
    edges: tested.flatMap((list) => edgeRows(list, traced)),
    scores: lists.map((list) => scoresRow(list, tokens)),
    tests: effectsOf(tested),
    ...(await measureParts(setting, traced, lists)),
    changed: lists.map((list) => ({
      topic: list.decision.list.topic,
      changes: placedChanges(traced, list),
    })),
  };
}

/** When each step of the work begins and ends, as parts of the whole: a guess, for the progress alone. */
const STEPS = {
  traced: [0, 0.35],
  nodes: [0.35, 0.45],
  edges: [0.45, 0.5],
  ranked: [0.5, 0.55],
  curves: [0.55, 0.95],
  swaps: [0.95, 1],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

/** Reports how far one step is. */
const stepOf =
  ({ onProgress }: FindingSetting, step: keyof typeof STEPS, total = 1) =>
  (done: number): void => {
    const [from, to] = STEPS[step];
    onProgress(from + (to - from) * (done / total));
  };

function trace(
  setting: FindingSetting,
  sequences: readonly TracedSequence[],
): Promise<TracedCircuits> {
  const { reader, transcoders, study, active } = setting;
  return traceCircuits(reader, transcoders, sequences, {
    ...study.circuits,
    rows: reader.batchSize,
    keptFeatures: active,
    onProgress: stepOf(setting, 'traced', transcoders.length),
  });
}

async function testAll(
  setting: FindingSetting,
  traced: TracedCircuits,
  lists: readonly ListCircuit[],
): Promise<TestedCircuit[]> {
  const { reader, form, study } = setting;
  const { tested } = study.circuits;
  const tokens = decisionTokens(form);
  const nodes = await testNodes(reader, traced, lists, {
    seed: study.seed,
    tokens,
    tested,
    onProgress: stepOf(setting, 'nodes', lists.length),
  });
  const edges = await testEdges(reader, traced, lists, {
    tokens,
    most: tested.edges,
    onProgress: stepOf(setting, 'edges', lists.length),
  });
  return lists.map((circuit, i) => ({ circuit, nodes: nodes[i]!, edges: edges[i]! }));
}

async function measureParts(
  setting: FindingSetting,
  traced: TracedCircuits,
  lists: readonly ListCircuit[],
): Promise<Pick<Findings, 'curves' | 'swaps'>> {
  const { reader, form, study, means } = setting;
  const tokens = decisionTokens(form);
  const ranked = await rankFeatures(reader, traced, lists, {
    seed: study.seed,
    tokens,
    steps: study.circuits.steps,
    onProgress: stepOf(setting, 'ranked'),
  });
  const curves = await curveRows(reader, traced, lists, {
    tokens,
    ranked,
    means,
    onProgress: stepOf(setting, 'curves', lists.length),
  });
  const swaps = await swapEffects(reader, traced, lists, {
    tokens,
    seed: study.seed,
    onProgress: stepOf(setting, 'swaps', lists.length),
  });
  return { curves, swaps };
}
