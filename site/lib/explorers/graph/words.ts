import { formatNumber } from '../../number-format.ts';
import { visible } from '../tokens.ts';
import { AVERAGE, type Graph, type GraphEdge, type GraphNode } from './graph.ts';
import type { Item } from './items.ts';
import { shareShown } from './shown.ts';

/** How much of a graph is shown, such as “41 of 342 nodes, 80 % of the influence, errors 12 %”. */
export function shownWords(graph: Graph, count: number): string {
  const share = formatNumber(shareShown(graph, count), '0 %');
  return `${count} of ${graph.nNodes} nodes, ${share} of the influence, errors ${formatNumber(graph.errors, '0 %')}`;
}

/** What a column is: its token, in the average its place. */
export const columnWords = (graph: Graph, column: number): string =>
  graph.id === AVERAGE ? graph.columns[column]! : `“${visible(graph.columns[column]!)}”`;

/** A node, without what it does. */
export function nodeWords(graph: Graph, { kind, feature, layer, column }: GraphNode): string {
  const at = columnWords(graph, column);
  switch (kind) {
    case 'target':
      return 'the decision';
    case 'feature':
      return `${feature} at ${at}`;
    case 'error':
      return `error of layer ${layer} at ${at}`;
    case 'embedding':
      return graph.id === AVERAGE ? `token at ${at}` : `token ${at}`;
  }
}

/** An item with what it does, as a screen reader says it. */
export function itemWords(graph: Graph, item: Item): string {
  const node = graph.nodes[item.members[0]!]!;
  if (item.kind === 'target')
    return `${nodeWords(graph, node)}: probability of the end less that of another item`;
  const side = item.isFor ? 'for the end' : 'against the end';
  const influence = `influence ${formatNumber(item.influence, '0.0 %')}`;
  if (item.kind === 'group')
    return `${item.id.slice('group:'.length)}, ${item.members.length} nodes, ${influence}, ${side}`;
  const position = graph.id === AVERAGE ? '' : `, position ${node.column}`;
  const label = node.feature === null ? '' : graph.labels[node.feature]?.words;
  return `${nodeWords(graph, node)}${position}, ${influence}, ${side}${label ? `: ${label}` : ''}`;
}

/** What setting a node to zero does, by the graph and as measured. */
export function testWords(graph: Graph, { kind, predicted, test }: GraphNode): string {
  if (kind === 'target') return 'the decision itself cannot be set to zero';
  const foreseen = `predicted ${signed(predicted)}`;
  if (graph.id === AVERAGE) return `${foreseen} on average; tested in single lists only`;
  if (test === null) return `${foreseen}, not tested`;
  const random =
    test.random === null ? 'no random feature tested' : `random ${signed(test.random)}`;
  return `${foreseen}, measured ${signed(test.measured)}, ${random}`;
}

/** Whether an edge was tested, and how that went. */
export const edgeTestWords = ({ measured, weight }: GraphEdge): string =>
  measured === null
    ? 'not tested'
    : `without it: predicted ${signed(-weight)}, measured ${signed(measured)}`;

/** To the digits that tell it from zero. */
export function signed(value: number): string {
  const size = Math.abs(value);
  const text = formatNumber(
    value,
    size >= 0.1 || size === 0 ? '0.00' : size >= 0.001 ? '0.000' : '0.0000',
  );
  return Number(text.replace('−', '-')) > 0 ? `+${text}` : text;
}
