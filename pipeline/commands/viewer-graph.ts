import type { CircuitScoresRow } from '../schema/circuit-scores.ts';
import type { GraphEdgeRow } from '../schema/graph-edges.ts';
import type { GraphNodeRow } from '../schema/graph-nodes.ts';
import type { Row } from '../schema/table.ts';
import type { tokens as tokensTable } from '../schema/tokens.ts';

/** An attribution graph in the JSON that the viewers of circuit-tracer and Neuronpedia read. */
export interface ViewerGraph {
  readonly metadata: {
    readonly slug: string;
    readonly scan: string;
    readonly prompt_tokens: readonly string[];
    readonly prompt: string;
    readonly node_threshold: number;
    readonly info: { readonly description: string; readonly generator: { readonly name: string } };
  };
  readonly qParams: Readonly<Record<string, never>>;
  readonly nodes: readonly ViewerNode[];
  readonly links: readonly {
    readonly source: string;
    readonly target: string;
    readonly weight: number;
  }[];
}

export interface ViewerNode {
  readonly node_id: string;
  /** Of a feature: layer and index as one number, by Cantor's pairing. */
  readonly feature: number | null;
  readonly layer: string;
  readonly ctx_idx: number;
  readonly feature_type:
    | 'cross layer transcoder'
    | 'mlp reconstruction error'
    | 'embedding'
    | 'logit';
  readonly jsNodeId: string;
  readonly clerp: string;
  /** Share of the influence of all nodes that are at least as influential: small for important nodes. */
  readonly influence: number | null;
  readonly activation: number | null;
  readonly is_target_logit: boolean;
  readonly token_prob: number;
}

export interface ListGraph {
  /** Of one list, in its graph. */
  readonly nodes: readonly GraphNodeRow[];
  readonly edges: readonly GraphEdgeRow[];
  readonly scores: CircuitScoresRow;
  readonly model: string;
  /** [position] */
  readonly tokens: readonly Pick<Row<typeof tokensTable>, 'token_id' | 'token'>[];
}

/** Names of features in viewers, by their ids. */
type Labels = ReadonlyMap<string, string>;

/** One list's graph for viewers. Nodes are named as they name them: LAYER_FEATURE_POSITION, LAYER_-1_POSITION for errors. */
export function viewerGraph(
  { nodes, edges, scores, model, tokens }: ListGraph,
  labels: Labels = new Map(),
): ViewerGraph {
  const ids = new Map(nodes.map((node) => [node.node_id, viewerId(node, tokens)]));
  const cumulative = cumulativeInfluence(nodes);
  return {
    metadata: {
      slug: scores.sample_id,
      scan: model,
      prompt_tokens: tokens.map(({ token }) => token),
      prompt: tokens.map(({ token }) => token).join(''),
      node_threshold: NODE_THRESHOLD,
      info: {
        description: `Whether the list ends after its last item: p_end − p_again, ${scores.p_end.toFixed(3)} − ${scores.p_again.toFixed(3)}. Replacement score ${scores.replacement.toFixed(2)}, completeness score ${scores.completeness.toFixed(2)}.`,
        generator: { name: 'how-a-list-ends' },
      },
    },
    qParams: {},
    nodes: nodes.map((node) => ({
      ...viewerNode(node, labels, scores),
      node_id: ids.get(node.node_id)!,
      influence: cumulative.get(node.node_id) ?? null,
    })),
    links: edges.map(({ source, target, weight }) => ({
      source: ids.get(source)!,
      target: ids.get(target)!,
      weight,
    })),
  };
}

/** The share of the influence up to which viewers show nodes at first. */
const NODE_THRESHOLD = 0.8;

const indexOf = ({ feature_id }: GraphNodeRow): number =>
  Number(feature_id!.slice(feature_id!.lastIndexOf('_') + 1));

function viewerId(node: GraphNodeRow, tokens: ListGraph['tokens']): string {
  const { kind, layer, pos } = node;
  if (kind === 'feature') return `${layer}_${indexOf(node)}_${pos}`;
  if (kind === 'error') return `${layer}_-1_${pos}`;
  return kind === 'embedding' ? `E_${tokens[pos]!.token_id}_${pos}` : `${layer + 1}_0_${pos}`;
}

function viewerNode(
  node: GraphNodeRow,
  labels: Labels,
  { p_end }: CircuitScoresRow,
): Omit<ViewerNode, 'node_id' | 'influence'> {
  const { kind, layer, pos, token, feature_id, activation } = node;
  const feature = kind === 'feature' ? pairing(layer, indexOf(node)) : null;
  const isTarget = kind === 'target';
  return {
    feature,
    layer: kind === 'embedding' ? 'E' : String(isTarget ? layer + 1 : layer),
    ctx_idx: pos,
    feature_type: TYPES[kind],
    jsNodeId: `${layer}_${feature ?? kind}-${pos}`,
    clerp: isTarget
      ? `Output "the list ends" (p=${p_end.toFixed(3)})`
      : feature_id === null
        ? `${kind === 'error' ? 'Err: mlp' : 'Emb:'} ${JSON.stringify(token)}`
        : (labels.get(feature_id) ?? feature_id),
    activation,
    is_target_logit: isTarget,
    token_prob: isTarget ? p_end : 0,
  };
}

const TYPES = {
  feature: 'cross layer transcoder', // of per-layer transcoders, too: viewers know no other name
  error: 'mlp reconstruction error',
  embedding: 'embedding',
  target: 'logit',
} as const;

/** One number for two. Source: Cantor (1878). */
const pairing = (a: number, b: number): number => ((a + b) * (a + b + 1)) / 2 + b;

function cumulativeInfluence(nodes: readonly GraphNodeRow[]): ReadonlyMap<string, number> {
  const ranked = nodes
    .filter(({ kind }) => kind !== 'target')
    .toSorted((a, b) => b.influence - a.influence);
  const all = ranked.reduce((sum, { influence }) => sum + influence, 0);
  let sum = 0;
  return new Map(
    ranked.map(({ node_id, influence }) => {
      sum += influence;
      return [node_id, sum / all];
    }),
  );
}
