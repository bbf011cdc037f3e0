import type { Distribution } from '../stats/distribution.ts';
import { type Qualifier, stopAfter } from './qualifiers.ts';
import type { TokenNode, TopicTree } from './topics.ts';

/**
 * One list of the process that generates the miniature's corpus, with its exact next-token distribution:
 *
 * 1. After a hyphen: an unused item, drawn by weight without replacement (Plackett–Luce), token by token.
 * 2. After an item's last token: the list stops (`stopAfter`) or goes on. If it stops, a blank may follow.
 * 3. After a blank: a newline, then the end of the turn or, less often, one more item, after which the list stops again,
 *    mostly with a blank.
 * 4. After a newline without a blank: the end of the turn if the list has stopped, else a hyphen. The tokens do not show
 *    whether it has stopped: `p(end | newline) = bare / (1 − blank)`, by Bayes' rule.
 * 5. A list that has used every item stops.
 *
 * A repeated item, which a model may write but the process does not, counts as a line and leaves the set of used items
 * unchanged.
 */
export interface ListWalk {
  /** The next-token distribution; null if the list has ended, or has a token that the process could not have written. */
  next(): Distribution | null;
  /** Append a token to the answer. */
  push(id: number): void;
}

/** Ids of the tokens that structure a list. */
export interface ListTokens {
  readonly hyphen: number;
  readonly newline: number;
  readonly blank: number;
  readonly endOfTurn: number;
}

/** Probability that the turn ends after a line that ends with a blank. */
export const P_END_AFTER_BLANK = 0.8;
/** Probability that an item added after a blank is again followed by a blank. */
export const P_BLANK_AGAIN = 0.75;

/** Start an answer, after the hyphen that ends the prompt. */
export function startWalk(tree: TopicTree, qualifier: Qualifier, tokens: ListTokens): ListWalk {
  const used = new Uint8Array(tree.items.length);
  let left = used.length;
  let lines = 0;
  let state: State = { kind: 'item', node: tree.root };
  /** Whether the answer has had a blank: the list stops after any further item. */
  let closing = false;

  const finish = (rank: number): State => {
    lines += 1;
    if (used[rank] === 0) left -= 1;
    used[rank] = 1;
    return { kind: 'end of item', ...stop(rank) };
  };
  const stop = (rank: number) => {
    if (closing) return { blank: P_BLANK_AGAIN, bare: 1 - P_BLANK_AGAIN };
    const { blank, bare } = stopAfter(qualifier, lines, tree.closing[rank] === 1);
    if (left > 0) return { blank, bare };
    return { blank: blank / (blank + bare), bare: bare / (blank + bare) };
  };
  const step = (id: number): State => {
    if (state.kind === 'item') {
      const child = state.node.children.get(id);
      if (child === undefined) return OFF_PROCESS;
      return child.item === null ? { kind: 'item', node: child } : finish(child.item);
    }
    if (state.kind === 'end of item') {
      if (id === tokens.newline)
        return { kind: 'newline', pEnd: Math.min(1, state.bare / (1 - state.blank)) };
      if (id !== tokens.blank) return OFF_PROCESS;
      closing = true;
      return { kind: 'blank' };
    }
    if (state.kind === 'blank')
      return id === tokens.newline
        ? { kind: 'newline', pEnd: left > 0 ? P_END_AFTER_BLANK : 1 }
        : OFF_PROCESS;
    if (state.kind === 'newline' && id === tokens.hyphen && left > 0)
      return { kind: 'item', node: tree.root };
    return OFF_PROCESS;
  };
  const distribution = (): Distribution | null => {
    if (state.kind === 'item') return nextItemToken(tree, state.node, used);
    if (state.kind === 'end of item')
      return twoWay(tokens.blank, state.blank, tokens.newline, 1 - state.blank);
    if (state.kind === 'blank') return twoWay(tokens.newline, 1, tokens.blank, 0);
    if (state.kind === 'newline')
      return twoWay(tokens.endOfTurn, state.pEnd, tokens.hyphen, 1 - state.pEnd);
    return null;
  };
  let next = distribution();
  return {
    next: () => next,
    push: (id) => {
      state = step(id);
      next = distribution();
    },
  };
}

/**
 * The next-token distribution at every position of an answer. Entry i follows the first i tokens; it is null from where
 * the list ends, or where the process could not have written the tokens so far.
 * @returns [answer.length + 1]
 */
export function distributions(walk: ListWalk, answer: ArrayLike<number>): (Distribution | null)[] {
  const all = [walk.next()];
  for (let i = 0; i < answer.length; i++) {
    walk.push(answer[i]!);
    all.push(walk.next());
  }
  return all;
}

/** Sampling settings; by default, tokens are sampled from the process's distribution itself. */
export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
}

/** Sample one list. @returns token ids, end of turn included */
export function writeList(walk: ListWalk, random: () => number, sampling: Sampling = {}): number[] {
  const answer: number[] = [];
  for (let next = walk.next(); next !== null; next = walk.next()) {
    const id = drawToken(next, random, sampling);
    answer.push(id);
    walk.push(id);
  }
  return answer;
}

/** Sample the next token. */
export function drawToken(
  next: Distribution,
  random: () => number,
  { temperature = 1, topP = 1 }: Sampling = {},
): number {
  const adjusted =
    temperature === 1 && topP === 1 ? next : topPDistribution(next, temperature, topP);
  let u = random();
  const last = adjusted.ids.length - 1;
  for (let i = 0; i < last; i++) {
    u -= adjusted.probs[i]!;
    if (u < 0) return adjusted.ids[i]!;
  }
  return adjusted.ids[last]!;
}

/** A distribution with temperature and top-p (nucleus) applied; tokens of equal probability are kept or cut together. */
export function topPDistribution(
  next: Distribution,
  temperature: number,
  topP: number,
): Distribution {
  const heat = heated(next.probs, temperature);
  const rising = heat.slice().sort();
  const enough = topP * rising.reduce((a, b) => a + b, 0);
  let first = rising.length;
  for (let mass = 0; first > 0 && mass < enough; ) mass += rising[--first]!;
  const coolest = rising[first]!;
  const kept = heat.filter((h) => h >= coolest);
  const mass = kept.reduce((a, b) => a + b, 0);
  return {
    ids: next.ids.filter((_, i) => heat[i]! >= coolest),
    probs: kept.map((h) => h / mass),
  };
}

/** Each probability to the power of 1 / temperature: relative to the largest where the powers would underflow. */
function heated(probs: Float64Array, temperature: number): Float64Array {
  const heat = probs.map((p) => p ** (1 / temperature));
  if (heat.some((h) => h > SMALLEST_POWER)) return heat;
  const largest = probs.reduce((a, b) => Math.max(a, b), 0);
  return probs.map((p) => (p / largest) ** (1 / temperature));
}

/** Below it, differences between powers are lost. */
const SMALLEST_POWER = 1e-200;

type State =
  | { readonly kind: 'item'; readonly node: TokenNode }
  | { readonly kind: 'end of item'; readonly blank: number; readonly bare: number }
  | { readonly kind: 'blank' }
  | { readonly kind: 'newline'; readonly pEnd: number }
  | { readonly kind: 'off process' };

const OFF_PROCESS: State = { kind: 'off process' };

/** The distribution of an item's next token: proportional to the total weight of the unused items that it leads to. */
function nextItemToken(tree: TopicTree, node: TokenNode, used: Uint8Array): Distribution {
  // If all items with these tokens are used, one of them is repeated.
  return (
    weightedChildren(tree.weights, node, used) ?? weightedChildren(tree.weights, node, NONE_USED)!
  );
}

function weightedChildren(
  weights: Float64Array,
  node: TokenNode,
  used: Uint8Array,
): Distribution | null {
  const ids = new Int32Array(node.edges.length);
  const probs = new Float64Array(node.edges.length);
  let size = 0;
  let total = 0;
  for (const { id, ranks } of node.edges) {
    let mass = 0;
    for (const rank of ranks) if (!used[rank]) mass += weights[rank]!;
    if (mass === 0) continue;
    ids[size] = id;
    probs[size++] = mass;
    total += mass;
  }
  for (let i = 0; i < size; i++) probs[i]! /= total;
  return size === 0 ? null : { ids: ids.subarray(0, size), probs: probs.subarray(0, size) };
}

const NONE_USED = new Uint8Array(0);

function twoWay(a: number, pa: number, b: number, pb: number): Distribution {
  if (pb <= 0) return { ids: Int32Array.of(a), probs: Float64Array.of(1) };
  if (pa <= 0) return { ids: Int32Array.of(b), probs: Float64Array.of(1) };
  return { ids: Int32Array.of(a, b), probs: Float64Array.of(pa, pb) };
}
