import { drawGraph } from './drawing.ts';
import type { Graph } from './graph.ts';
import { itemsOf, linksOf } from './items.ts';
import { layout } from './layout.ts';
import { countShown } from './shown.ts';
import { EMPTY_STATE } from './state.ts';

/** Nodes and edges of the drawing that needs no scripts. */
export const STILL_NODES = 20;
const STILL_EDGES = 24;

/** The width for which a drawing is made before a window is known. */
const WIDTH = 760;

/** A graph’s most influential nodes with the strongest edges between them, as a picture. */
export function drawStill(graph: Graph): string {
  const few = { ...graph, nodes: graph.nodes.slice(0, STILL_NODES + 1) };
  const edges = graph.edges.filter(
    ({ source, target }) => source <= STILL_NODES && target <= STILL_NODES,
  );
  const items = itemsOf(few, EMPTY_STATE);
  const links = linksOf({ ...few, edges }, items).slice(0, STILL_EDGES);
  return drawGraph(graph, { items, layout: layout(items, WIDTH), links });
}

/** The height of the first live drawing, which is kept free for it. */
export const heightAtFirst = (graph: Graph): number =>
  Math.ceil(layout(itemsOf(graph, EMPTY_STATE), WIDTH).height);

/** How many nodes the still drawing has. */
export const countStill = (graph: Graph): number => Math.min(STILL_NODES, countShown(graph, null));
