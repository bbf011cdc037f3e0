/** One attribution graph as the page draws it. Runs in the build and in the browser. */
export interface Graph {
  /** The list’s id, or `AVERAGE`. */
  readonly id: string;
  readonly words: string;
  /** What the columns are: the list’s tokens by position, or the places of the average over lists. */
  readonly columns: readonly string[];
  /** The target first, then the most influential first. */
  readonly nodes: readonly GraphNode[];
  /** The strongest first. */
  readonly edges: readonly GraphEdge[];
  /** The strongest paths from tokens and errors to the target. */
  readonly paths: readonly GraphPath[];
  /** The strongest of those that pass a feature. */
  readonly featurePaths: readonly GraphPath[];
  /** By feature. */
  readonly labels: Readonly<Record<string, FeatureLabel>>;
  /** Influence of all nodes of the pruned graph but the target, those included that are not here. */
  readonly total: number;
  /** Nodes of the pruned graph, the target not counted. */
  readonly nNodes: number;
  readonly nEdges: number;
  /** Share of the decision that comes from errors. */
  readonly errors: number;
  /** Probabilities after the last item; null for the average. */
  readonly pEnd: number | null;
  readonly pAgain: number | null;
}

export type NodeKind = 'target' | 'feature' | 'error' | 'embedding';

export interface GraphNode {
  readonly id: string;
  readonly kind: NodeKind;
  readonly layer: number;
  /** Index among the columns. */
  readonly column: number;
  /** Id of the feature; null for other nodes. */
  readonly feature: string | null;
  readonly activation: number | null;
  readonly influence: number;
  /** Change of p_end − p_again that the graph predicts if the node is set to zero. */
  readonly predicted: number;
  readonly test: NodeTest | null;
}

/** Changes of p_end − p_again that were measured. */
export interface NodeTest {
  readonly measured: number;
  /** With attention patterns held. */
  readonly held: number | null;
  /** Mean of random active features of the same layer and position; null where none was tested. */
  readonly random: number | null;
}

export interface GraphEdge {
  /** Indices among the nodes. */
  readonly source: number;
  readonly target: number;
  /** What the source adds to the target’s input; in the average its mean share of it, with its sign. */
  readonly weight: number;
  readonly influence: number;
  /** Change of the target’s input when the source was taken away; null where that was not tested. */
  readonly measured: number | null;
}

export interface GraphPath {
  /** Indices, the target last. */
  readonly nodes: readonly number[];
  /** Product of the edges’ shares of their targets’ inputs. */
  readonly share: number;
  /** Whether it adds to the decision, p_end − p_again. */
  readonly isFor: boolean;
}

export interface FeatureLabel {
  /** Empty where it has neither a label nor tokens that it raises. */
  readonly words: string;
  /** How well the label says where the feature is active; null where it has no score. */
  readonly auc: number | null;
  /** Whether the feature has a card. */
  readonly hasCard: boolean;
}

/** The id of the average over lists. */
export const AVERAGE = 'average';

/** An edge’s share of its target’s inputs. */
export const shareOf = ({ nodes }: Pick<Graph, 'nodes'>, edge: GraphEdge): number => {
  const { influence } = nodes[edge.target]!;
  return influence === 0 ? 0 : edge.influence / influence;
};
