import { escaped } from '../../markup.ts';
import { formatNumber } from '../../number-format.ts';
import { visible } from '../tokens.ts';
import { AVERAGE, type Graph, type GraphEdge, type GraphNode, shareOf } from './graph.ts';
import type { GraphState } from './state.ts';
import { edgeTestWords, nodeWords, signed, testWords } from './words.ts';

/** Edges named in each direction. */
const NAMED = 6;

/** What stands beside the drawing: the chosen nodes, what can be done with them, and what was set to zero. @param cards what links to cards begin with */
export function panelOf(graph: Graph, state: GraphState, cards: string): string {
  const chosen = graph.nodes.filter(({ id }) => state.selected.includes(id));
  const [only] = chosen;
  const of =
    only === undefined
      ? nothingChosen(graph)
      : chosen.length === 1
        ? nodePart(graph, only, cards)
        : severalPart(graph, chosen);
  return `${of}${chosen.length === 0 ? '' : actions(chosen, state)}${groupsPart(state)}${zeroedPart(graph, state)}`;
}

/** The tokens around one of a feature’s peaks, with its activations there. */
export type FeatureContext = readonly [tokens: readonly string[], activations: readonly number[]];

export function contextsOf(contexts: readonly FeatureContext[]): string {
  const greatest = Math.max(...contexts.flatMap(([, activations]) => activations));
  const lines = contexts.map(([tokens, activations]) =>
    tokens
      .map((token, i) => {
        const act = activations[i]!;
        const text = escaped(visible(token));
        if (act <= 0) return text;
        return `<span class="act" style="--act:${Math.round((100 * act) / greatest)}%" title="${formatNumber(act, '0.00')}">${text}</span>`;
      })
      .join(''),
  );
  return lines.length === 0
    ? '<p>No list has it among its contexts.</p>'
    : lines.map((line) => `<p class="activations">${line}</p>`).join('');
}

function nothingChosen({ pEnd, pAgain }: Graph): string {
  const decision =
    pEnd === null || pAgain === null
      ? ''
      : `<p>After this list’s last item the end has probability ${formatNumber(pEnd, '0.00')}, another item ${formatNumber(pAgain, '0.00')}.</p>`;
  return `<h2>No node selected</h2>${decision}<p>Select a node to see its label, its activation, and what leads to it and from it.</p>`;
}

function nodePart(graph: Graph, node: GraphNode, cards: string): string {
  const label = node.feature === null ? undefined : graph.labels[node.feature];
  const name = escaped(nodeWords(graph, node));
  const title = label?.hasCard
    ? name.replace(
        node.feature!,
        `<a href="${escaped(`${cards}${node.feature}/`)}">${node.feature}</a>`,
      )
    : name;
  const auc =
    label?.auc == null ? '' : ` <span class="small">AUC ${formatNumber(label.auc, '0.00')}</span>`;
  const words = label?.words ? `<p class="label">${escaped(label.words)}${auc}</p>` : '';
  const facts = [
    ...(node.kind === 'target' ? [] : [['layer', node.layer < 0 ? 'token' : String(node.layer)]]),
    ...(node.activation === null ? [] : [['activation', formatNumber(node.activation, '0.00')]]),
    ...(node.kind === 'target' ? [] : [['influence', formatNumber(node.influence, '0.0 %')]]),
    ['set to zero', testWords(graph, node)],
    ...(node.test?.held == null ? [] : [['attention held', `measured ${signed(node.test.held)}`]]),
  ];
  const i = graph.nodes.indexOf(node);
  const into = graph.edges.filter(({ target }) => target === i);
  const out = graph.edges.filter(({ source }) => source === i);
  return `<h2>${title}</h2>${words}
<dl class="facts">${facts.map(([term, text]) => `<div><dt>${term}</dt><dd>${text}</dd></div>`).join('')}</dl>
${edgesPart(graph, 'Edges in', into, 'source')}${edgesPart(graph, 'Edges out', out, 'target')}
${node.feature === null ? '' : `<details class="contexts" data-feature="${escaped(node.feature)}"><summary>Where it is most active</summary></details>`}`;
}

function edgesPart(
  graph: Graph,
  title: string,
  edges: readonly GraphEdge[],
  end: 'source' | 'target',
): string {
  if (edges.length === 0) return '';
  const lines = edges.slice(0, NAMED).map((edge) => {
    const node = graph.nodes[edge[end]]!;
    const weight = graph.id === AVERAGE ? '' : `${signed(edge.weight)}, `;
    const share = `${weight}${formatNumber(shareOf(graph, edge), '0.0 %')} of ${end === 'source' ? 'its' : 'the target’s'} inputs`;
    return `<li class="${edge.weight > 0 ? 'for' : 'against'}">${nodeButton(graph, node)} <span class="small">${share}; ${graph.id === AVERAGE ? 'tested in single lists only' : edgeTestWords(edge)}</span></li>`;
  });
  const rest = edges.length - lines.length;
  return `<h3>${title}</h3><ul class="edges-named">${lines.join('')}</ul>${rest > 0 ? `<p class="small">and ${rest} weaker</p>` : ''}`;
}

/** A button that selects a node. */
export const nodeButton = (graph: Graph, node: GraphNode): string =>
  `<button type="button" class="to-node" data-node="${escaped(node.id)}">${escaped(nodeWords(graph, node))}</button>`;

const severalPart = (graph: Graph, chosen: readonly GraphNode[]): string =>
  `<h2>${chosen.length} nodes selected</h2>${testList(graph, chosen)}`;

const testList = (graph: Graph, nodes: readonly GraphNode[]): string =>
  `<ul>${nodes.map((node) => `<li>${nodeButton(graph, node)} <span class="small">${testWords(graph, node)}</span></li>`).join('')}</ul>`;

function actions(chosen: readonly GraphNode[], { pinned, zeroed, groups }: GraphState): string {
  const areAll = (names: readonly string[]) => chosen.every(({ id }) => names.includes(id));
  const isGroup = groups.some(({ members }) => members.length === chosen.length && areAll(members));
  const button = (action: string, key: string, pressed: boolean, words: string) =>
    `<button type="button" class="csv" data-action="${action}" aria-keyshortcuts="${key}" aria-pressed="${pressed}">${words} <kbd>${key}</kbd></button>`;
  const hasTarget = chosen.some(({ kind }) => kind === 'target');
  return `<p class="actions">${button('pin', 'P', areAll(pinned), 'Pin')}${
    hasTarget
      ? ''
      : button('zero', 'X', areAll(zeroed), 'Set to zero') + button('group', 'G', isGroup, 'Group')
  }</p>`;
}

function groupsPart({ groups }: GraphState): string {
  if (groups.length === 0) return '';
  const lines = groups.map(
    ({ name, members }) =>
      `<li><label><span class="small">${members.length} nodes</span> <input name="group" aria-label="Name of the group" data-group="${escaped(name)}" value="${escaped(name)}"></label></li>`,
  );
  return `<h3>Groups</h3><ul class="groups">${lines.join('')}</ul>`;
}

function zeroedPart(graph: Graph, { zeroed }: GraphState): string {
  const nodes = graph.nodes.filter(({ id }) => zeroed.includes(id));
  if (nodes.length === 0) return '';
  const together =
    nodes.length === 1
      ? ''
      : '<p class="small">Each alone: they were not set to zero together.</p>';
  return `<h3>Set to zero: change of p<sub>end</sub> − p<sub>again</sub></h3>${testList(graph, nodes)}${together}`;
}
