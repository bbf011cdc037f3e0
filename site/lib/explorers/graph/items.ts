import type { Graph, NodeKind } from './graph.ts';
import { countShown } from './shown.ts';
import type { GraphState } from './state.ts';

/** What is drawn in one place: a node, or a group of nodes. */
export interface Item {
  /** The node’s id, or `group:` and the group’s name. */
  readonly id: string;
  readonly kind: NodeKind | 'group';
  /** Indices of its nodes. */
  readonly members: readonly number[];
  readonly layer: number;
  readonly column: number;
  /** Of a group the sum. */
  readonly influence: number;
  /** Whether setting it to zero would lower p_end − p_again. */
  readonly isFor: boolean;
}

/** A line between two items; it stands for every edge between their nodes. */
export interface Link {
  readonly source: Item;
  readonly target: Item;
  readonly influence: number;
  /** Whether the source adds to the target’s input. */
  readonly adds: boolean;
  readonly isTested: boolean;
}

/** Nodes with enough influence and those that the state names, groups as one, by layer and then by position. */
export function itemsOf(graph: Graph, state: GraphState): Item[] {
  const { nodes } = graph;
  const indexOf = new Map(nodes.map(({ id }, i) => [id, i]));
  const named = [
    ...[...state.selected, ...state.pinned, ...state.zeroed],
    ...state.groups.flatMap(({ members }) => members),
  ].flatMap((id) => indexOf.get(id) ?? []);
  const count = countShown(graph, state.share);
  const shown = new Set([...Array(count + 1).keys(), ...named]);
  const groups = state.groups.map(({ name, members }) => {
    const indices = members.map((id) => indexOf.get(id)!);
    for (const i of indices) shown.delete(i);
    return itemOf(graph, indices, { id: `group:${name}`, kind: 'group' });
  });
  const single = [...shown].map((i) => {
    const { id, kind } = nodes[i]!;
    return itemOf(graph, [i], { id, kind });
  });
  return [...single, ...groups].sort(
    (a, b) =>
      a.layer - b.layer ||
      a.column - b.column ||
      b.influence - a.influence ||
      (a.id < b.id ? -1 : 1),
  );
}

/** A group stands where its most influential node does. */
function itemOf(
  { nodes }: Graph,
  members: readonly number[],
  names: Pick<Item, 'id' | 'kind'>,
): Item {
  const of = members.map((i) => nodes[i]!);
  const first = of.reduce((most, node) => (node.influence > most.influence ? node : most));
  return {
    ...names,
    members,
    layer: first.layer,
    column: first.column,
    influence: of.reduce((sum, { influence }) => sum + influence, 0),
    isFor: of.reduce((sum, { predicted }) => sum + predicted, 0) <= 0,
  };
}

/** What leads from one item to another, the strongest first. */
export function linksOf(graph: Graph, items: readonly Item[]): Link[] {
  const itemOf = new Map(items.flatMap((item) => item.members.map((i) => [i, item] as const)));
  const between = new Map<string, Link>();
  for (const { source, target, weight, influence, measured } of graph.edges) {
    const [from, to] = [itemOf.get(source), itemOf.get(target)];
    if (from === undefined || to === undefined || from === to) continue;
    const key = `${from.id} → ${to.id}`;
    const before = between.get(key);
    const signed = (before ? signedOf(before) : 0) + Math.sign(weight) * influence;
    between.set(key, {
      source: from,
      target: to,
      influence: Math.abs(signed),
      adds: signed >= 0,
      isTested: measured !== null && (before?.isTested ?? true),
    });
  }
  return [...between.values()].sort((a, b) => b.influence - a.influence);
}

const signedOf = ({ influence, adds }: Link): number => (adds ? influence : -influence);

/** The item at the other end of the strongest link into an item, or out of it; undefined where there is none. */
export const strongest = (
  links: readonly Link[],
  id: string,
  way: 'in' | 'out',
): Item | undefined =>
  way === 'in'
    ? links.find(({ target }) => target.id === id)?.source
    : links.find(({ source }) => source.id === id)?.target;
