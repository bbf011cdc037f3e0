import { scoresOf } from '../../interp/circuit/scores.ts';
import { type Decision, softmax } from '../../interp/circuit/target-vectors.ts';
import type { TracedCircuits } from '../../interp/circuit/trace-circuits.ts';
import type { TracedEdge } from '../../interp/circuit/tracing.ts';
import type { CircuitScoresRow } from '../../schema/circuit-scores.ts';
import type { GraphEdgeRow } from '../../schema/graph-edges.ts';
import type { GraphNodeRow } from '../../schema/graph-nodes.ts';
import type { Tokenizer } from '../../sources/formats/tokenizer.ts';
import { type ListCircuit, NodeNames } from './list-circuit.ts';
import type { EdgeTest } from './test-edges.ts';
import type { NodeTest } from './test-nodes.ts';

/** One list's circuit with its tests. */
export interface TestedCircuit {
  readonly circuit: ListCircuit;
  readonly nodes: readonly NodeTest[];
  readonly edges: readonly EdgeTest[];
}

/** The nodes of the pruned graph with its target, and the random features that were tested. */
export function nodeRows(
  { circuit, nodes: tests }: TestedCircuit,
  traced: TracedCircuits,
  tokenizer: Tokenizer,
): GraphNodeRow[] {
  const { decision, own, pruned } = circuit;
  const { tracing, layers } = own;
  const names = new NodeNames(own, traced);
  const testOf = new Map(tests.map((test) => [test.node, test]));
  const at = (pos: number) => ({
    pos,
    token: tokenizer.token(own.ids[pos]!),
    place: decision.places[pos]!,
  });
  const row = (node: number, in_graph: boolean): GraphNodeRow => {
    const { kind, layer, pos, index } = tracing.sources.at(node);
    const test = testOf.get(node);
    const isFeature = kind === 'feature';
    return {
      sample_id: decision.list.sample_id,
      node_id: names.id(node),
      kind,
      layer,
      ...at(pos),
      feature_id: isFeature ? names.featureId(node) : null,
      activation: isFeature ? layers[layer]!.acts[index]! : null,
      in_graph,
      influence: tracing.influence[node]!,
      predicted: -tracing.effect[node]!,
      measured: test?.measured ?? null,
      measured_attention_held: test?.attentionHeld ?? null,
    };
  };
  const target: GraphNodeRow = {
    sample_id: decision.list.sample_id,
    node_id: names.id(-1),
    kind: 'target',
    layer: layers.length,
    ...at(own.ids.length - 1),
    feature_id: null,
    activation: null,
    in_graph: true,
    influence: 1,
    predicted: 0,
    measured: null,
    measured_attention_held: null,
  };
  const random = tests.filter(({ isRandom }) => isRandom);
  return [
    target,
    ...pruned.nodes.map((node) => row(node, true)),
    ...random.map(({ node }) => row(node, false)),
  ];
}

/** The edges of the pruned graph. */
export function edgeRows(
  { circuit, edges: tests }: TestedCircuit,
  traced: TracedCircuits,
): GraphEdgeRow[] {
  const { decision, own, pruned } = circuit;
  const names = new NodeNames(own, traced);
  const influence = new Map(own.tracing.explored.map((node) => [node.source, node.influence]));
  const testOf = new Map<TracedEdge, EdgeTest>(tests.map((test) => [test.edge, test]));
  return pruned.edges.map((edge) => {
    const test = testOf.get(edge);
    return {
      sample_id: decision.list.sample_id,
      source: names.id(edge.source),
      target: names.id(edge.target),
      weight: edge.weight,
      share: edge.share,
      influence: edge.share * influence.get(edge.target)!,
      tested: test !== undefined,
      predicted: test ? -edge.weight : null,
      measured: test?.measured ?? null,
    };
  });
}

export function scoresRow(
  { decision, own, logits, pruned }: ListCircuit,
  tokens: Decision,
): CircuitScoresRow {
  const p = softmax(own.values.logits);
  const ofLogits = scoresOf(logits.tracing);
  return {
    sample_id: decision.list.sample_id,
    n_tokens: own.ids.length,
    p_end: p[tokens.end]!,
    p_again: p[tokens.again]!,
    n_active: own.layers.reduce((sum, { acts }) => sum + acts.length, 0),
    n_explored: own.tracing.explored.length - own.targets.length,
    n_nodes: pruned.nodes.length,
    n_edges: pruned.edges.length,
    ...scoresOf(own.tracing),
    replacement_of_logits: ofLogits.replacement,
    completeness_of_logits: ofLogits.completeness,
  };
}
