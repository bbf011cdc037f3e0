import {
  AVERAGE,
  type Graph,
  type GraphEdge,
  type GraphNode,
  type GraphPath,
  type NodeKind,
  type NodeTest,
} from './graph.ts';

/** A graph as its file has it: column by column, what few have by index, numbers to the digits that are shown. */
export interface PackedGraph
  extends Omit<Graph, 'nodes' | 'edges' | 'paths' | 'featurePaths' | 'labels'> {
  readonly ids: readonly string[];
  readonly kinds: readonly number[];
  readonly layers: readonly number[];
  readonly at: readonly number[];
  readonly activations: readonly (number | null)[];
  readonly influences: readonly number[];
  readonly predicted: readonly number[];
  /** [node, measured, with attention held, random] */
  readonly tests: readonly (readonly [number, number, number | null, number | null])[];
  readonly sources: readonly number[];
  readonly targets: readonly number[];
  readonly weights: readonly number[];
  /** Influence of each edge. */
  readonly flows: readonly number[];
  /** [edge, measured] */
  readonly edgeTests: readonly (readonly [number, number])[];
  /** [share, 1 for the end or −1 against it, nodes …] */
  readonly paths: readonly PackedPath[];
  readonly featurePaths: readonly PackedPath[];
  /** [feature, label, AUC, 1 where it has a card] */
  readonly labels: readonly (readonly [string, string, number | null, number])[];
}

type PackedPath = readonly [share: number, sign: number, ...nodes: number[]];

const KINDS: readonly NodeKind[] = ['target', 'feature', 'error', 'embedding'];

export function pack({ nodes, edges, paths, featurePaths, labels, ...rest }: Graph): PackedGraph {
  return {
    ...rest,
    ids: nodes.map(({ id, kind, column }) => (kind === 'target' ? id : nameOf(id, rest, column))),
    kinds: nodes.map(({ kind }) => KINDS.indexOf(kind)),
    layers: nodes.map(({ layer }) => layer),
    at: nodes.map(({ column }) => column),
    activations: nodes.map(({ activation }) => (activation === null ? null : short(activation))),
    influences: nodes.map(({ influence }) => short(influence)),
    predicted: nodes.map(({ predicted }) => short(predicted)),
    tests: nodes.flatMap(({ test }, i) =>
      test === null
        ? []
        : [[i, short(test.measured), shortOrNull(test.held), shortOrNull(test.random)] as const],
    ),
    sources: edges.map(({ source }) => source),
    targets: edges.map(({ target }) => target),
    weights: edges.map(({ weight }) => short(weight)),
    flows: edges.map(({ influence }) => short(influence)),
    edgeTests: edges.flatMap(({ measured }, i) =>
      measured === null ? [] : [[i, short(measured)] as const],
    ),
    paths: paths.map(packPath),
    featurePaths: featurePaths.map(packPath),
    labels: Object.entries(labels).map(([id, { words, auc, hasCard }]) => [
      id,
      words,
      shortOrNull(auc),
      Number(hasCard),
    ]),
  };
}

export function unpack(packed: PackedGraph): Graph {
  const { id, words, columns, total, nNodes, nEdges, errors, pEnd, pAgain } = packed;
  return {
    ...{ id, words, columns, total, nNodes, nEdges, errors, pEnd, pAgain },
    nodes: unpackNodes(packed),
    edges: unpackEdges(packed),
    paths: packed.paths.map(unpackPath),
    featurePaths: packed.featurePaths.map(unpackPath),
    labels: Object.fromEntries(
      packed.labels.map(([name, words, auc, card]) => [name, { words, auc, hasCard: card === 1 }]),
    ),
  };
}

function unpackNodes(packed: PackedGraph): GraphNode[] {
  const tests = new Map(
    packed.tests.map(([i, measured, held, random]): [number, NodeTest] => [
      i,
      { measured, held, random },
    ]),
  );
  return packed.ids.map((name, i) => {
    const kind = KINDS[packed.kinds[i]!]!;
    const column = packed.at[i]!;
    return {
      id: kind === 'target' ? name : `${name}@${whereOf(packed, column)}`,
      kind,
      layer: packed.layers[i]!,
      column,
      feature: kind === 'feature' ? name : null,
      activation: packed.activations[i]!,
      influence: packed.influences[i]!,
      predicted: packed.predicted[i]!,
      test: tests.get(i) ?? null,
    };
  });
}

function unpackEdges({ sources, targets, weights, flows, edgeTests }: PackedGraph): GraphEdge[] {
  const tests = new Map(edgeTests);
  return sources.map((source, i) => ({
    source,
    target: targets[i]!,
    weight: weights[i]!,
    influence: flows[i]!,
    measured: tests.get(i) ?? null,
  }));
}

const packPath = ({ share, isFor, nodes }: GraphPath): PackedPath => [
  short(share),
  isFor ? 1 : -1,
  ...nodes,
];
const unpackPath = ([share, sign, ...nodes]: PackedPath): GraphPath => ({
  nodes,
  share,
  isFor: sign > 0,
});

/** A node’s id without where it is, which its column says. */
const nameOf = (id: string, graph: Pick<Graph, 'id' | 'columns'>, column: number): string =>
  id.slice(0, -1 - String(whereOf(graph, column)).length);

/** How a node’s id says where it is: by position, in the average by place. */
const whereOf = ({ id, columns }: Pick<Graph, 'id' | 'columns'>, column: number) =>
  id === AVERAGE ? columns[column]! : column;

const short = (value: number): number => Number(value.toPrecision(3));
const shortOrNull = (value: number | null): number | null => (value === null ? null : short(value));
