import { escaped } from '../../markup.ts';
import { formatNumber } from '../../number-format.ts';
import type { Graph, GraphPath } from './graph.ts';
import { nodeButton } from './panel.ts';
import { nodeWords } from './words.ts';

/** Rows of the table of paths. @param pressable whether nodes are buttons */
export function pathRows(graph: Graph, paths: readonly GraphPath[], pressable: boolean): string {
  if (paths.length === 0) return '<tr><td colspan="2">None.</td></tr>';
  return paths
    .map(({ nodes, share, isFor }) => {
      const chain = nodes.map((i) => {
        const node = graph.nodes[i]!;
        return pressable
          ? nodeButton(graph, node)
          : `<span class="to-node">${escaped(nodeWords(graph, node))}</span>`;
      });
      return `<tr><td class="chain">${chain.join(' → ')}</td><td class="number ${isFor ? 'for' : 'against'}">${formatNumber(isFor ? share : -share, '0.00 %')}</td></tr>`;
    })
    .join('');
}
