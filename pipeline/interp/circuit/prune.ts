import type { TracedEdge, Tracing } from './tracing.ts';

/** The part of a traced circuit that is shown. */
export interface PrunedCircuit {
  /** Indices among the sources, the most influential first; targets are in every circuit, and not listed. */
  readonly nodes: readonly number[];
  readonly edges: readonly TracedEdge[];
}

export interface PruningShares {
  /** Share of the influence of all features and errors that the kept ones have; tokens are kept. */
  readonly nodes: number;
  /** Share of the influence along all edges between kept nodes. */
  readonly edges: number;
}

/** The defaults of circuit-tracer. */
const DEFAULT_SHARES: PruningShares = { nodes: 0.8, edges: 0.98 };

/**
 * Keep the most influential nodes and edges, and of these what leads from kept sources to a target. A feature that was not explored has no
 * inputs and is left out.
 * Source: circuit-tracer, `graph.py`.
 */
export function prune(tracing: Tracing, shares: PruningShares = DEFAULT_SHARES): PrunedCircuit {
  const { sources, influence, edges } = tracing;
  const kindOf = (source: number) => sources.at(source).kind;
  const ranked = [...influence.keys()]
    .filter((source) => influence[source]! > 0 && kindOf(source) !== 'embedding')
    .sort((a, b) => influence[b]! - influence[a]! || a - b);
  const most = withShare(ranked, (source) => influence[source]!, shares.nodes);
  const influential = new Set(most);
  const isKept = (node: number) =>
    node < 0 || influential.has(node) || kindOf(node) === 'embedding';
  const influenceOf = new Map(tracing.explored.map((node) => [node.source, node.influence]));
  const scoreOf = ({ target, share }: TracedEdge) => influenceOf.get(target)! * share;
  const between = edges
    .filter(({ source, target }) => isKept(source) && isKept(target))
    .sort((a, b) => scoreOf(b) - scoreOf(a) || a.target - b.target || a.source - b.source);
  return connected(withShare(between, scoreOf, shares.edges), {
    // What an explored feature is made of is known, even where each of its inputs is too weak to be kept.
    needsInputs: (node) => node >= 0 && kindOf(node) === 'feature' && !influenceOf.has(node),
    rank: (node) => influence[node]!,
  });
}

/** The first of some values, in descending order, that have a share of the sum. */
function withShare<T>(values: readonly T[], sizeOf: (value: T) => number, share: number): T[] {
  const enough = share * values.reduce((sum, value) => sum + sizeOf(value), 0);
  let sum = 0;
  return values.filter((value) => {
    const isNeeded = sum < enough;
    sum += sizeOf(value);
    return isNeeded;
  });
}

/** Without nodes that nothing leads to or that lead to nothing, again and again until there are none. */
function connected(
  edges: readonly TracedEdge[],
  { needsInputs, rank }: { needsInputs: (node: number) => boolean; rank: (node: number) => number },
): PrunedCircuit {
  for (let kept = edges; ; ) {
    const targets = new Set(kept.map(({ target }) => target));
    const sources = new Set(kept.map(({ source }) => source));
    const next = kept.filter(
      ({ source, target }) =>
        (!needsInputs(source) || targets.has(source)) && (target < 0 || sources.has(target)),
    );
    if (next.length === kept.length)
      return { nodes: [...sources].sort((a, b) => rank(b) - rank(a) || a - b), edges: kept };
    kept = next;
  }
}
