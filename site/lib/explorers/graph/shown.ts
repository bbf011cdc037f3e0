import type { Graph } from './graph.ts';

/** Limits of the share of the influence whose nodes a reader may ask for. */
export const [LEAST, MOST] = [0.6, 0.98];

/** Before a reader asks: nodes with this share of the influence, but not more than so many. */
const FIRST_SHARE = 0.8;
const FIRST_NODES = 60;

type Ranked = Pick<Graph, 'nodes' | 'total'>;

/** How many nodes are shown, the target not counted. @param asked share of the influence; null where none is asked for */
export const countShown = (graph: Ranked, asked: number | null): number =>
  asked === null
    ? Math.min(FIRST_NODES, countWith(graph, FIRST_SHARE))
    : countWith(graph, Math.min(Math.max(asked, LEAST), MOST));

/** The fewest nodes, the most influential first, that have a share of the influence. */
export function countWith({ nodes, total }: Ranked, share: number): number {
  let sum = 0;
  for (let i = 1; i < nodes.length; i++) {
    if (sum >= share * total) return i - 1;
    sum += nodes[i]!.influence;
  }
  return nodes.length - 1;
}

/** The share of the influence that the most influential nodes have. */
export const shareShown = ({ nodes, total }: Ranked, count: number): number =>
  total === 0
    ? 0
    : nodes.slice(1, count + 1).reduce((sum, { influence }) => sum + influence, 0) / total;
