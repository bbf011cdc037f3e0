import type { Distribution } from '../stats/distribution.ts';
import { type Qualifier, stopAfter } from './qualifiers.ts';
import type { TokenNode, TopicTree } from './topics.ts';

/**
 * The process that writes the miniature's corpus, with its exact next-token distribution:
 *
 * 1. after a hyphen, an item not yet used, drawn by weight (Plackett–Luce), token by token;
 * 2. after an item's last token, the list stops (`stopAfter`) or goes on; where it stops, a blank may show it;
 * 3. after a blank, a newline; then the turn ends, or, seldom, one more item comes, after which the list
 *    stops again, mostly with a blank;
 * 4. after a bare newline, the turn ends if the list has stopped, else a hyphen comes. A reader does not see
 *    which: `p(end | newline) = bare / (1 − blank)`, by Bayes;
 * 5. a list that has used every item stops.
 *
 * An item that is written again (a model may; the process never does) leaves the set of used items as it was
 * and counts as a line.
 */
export interface ListWalk {
  /** What may come next; null once the list has ended or left the process. */
  next(): Distribution | null;
  /** Take one more token of the answer. */
  push(id: number): void;
}

/** The tokens that make a list of items. */
export interface ListTokens {
  readonly hyphen: number;
  readonly newline: number;
  readonly blank: number;
  readonly endOfTurn: number;
}

/** Probability that the turn ends once a line has closed with a blank. */
export const P_END_AFTER_BLANK = 0.8;
/** Probability that an item added after a blank is followed by one too. */
export const P_BLANK_AGAIN = 0.75;

/** Walk an answer token by token, beginning after the hyphen that ends the prompt. */
export function startWalk(tree: TopicTree, qualifier: Qualifier, tokens: ListTokens): ListWalk {
  const used = new Uint8Array(tree.items.length);
  let left = used.length;
  let lines = 0;
  let state: State = { at: 'item', node: tree.root };
  /** Whether a blank has shown that the list closes: it stops after any item that still comes. */
  let closing = false;

  const finish = (rank: number): State => {
    lines += 1;
    if (used[rank] === 0) left -= 1;
    used[rank] = 1;
    return { at: 'end of item', ...stop(rank) };
  };
  const stop = (rank: number) => {
    if (closing) return { blank: P_BLANK_AGAIN, bare: 1 - P_BLANK_AGAIN };
    const { blank, bare } = stopAfter(qualifier, lines, tree.closing[rank] === 1);
    if (left > 0) return { blank, bare };
    return { blank: blank / (blank + bare), bare: bare / (blank + bare) };
  };
  const step = (id: number): State => {
    if (state.at === 'item') {
      const child = state.node.children.get(id);
      if (child === undefined) return LEFT;
      return child.item === null ? { at: 'item', node: child } : finish(child.item);
    }
    if (state.at === 'end of item') {
      if (id === tokens.newline)
        return { at: 'newline', pEnd: Math.min(1, state.bare / (1 - state.blank)) };
      if (id !== tokens.blank) return LEFT;
      closing = true;
      return { at: 'blank' };
    }
    if (state.at === 'blank')
      return id === tokens.newline
        ? { at: 'newline', pEnd: left > 0 ? P_END_AFTER_BLANK : 1 }
        : LEFT;
    if (state.at === 'newline' && id === tokens.hyphen && left > 0)
      return { at: 'item', node: tree.root };
    return LEFT;
  };
  const distribution = (): Distribution | null => {
    if (state.at === 'item') return drawItem(tree, state.node, used);
    if (state.at === 'end of item')
      return choice(tokens.blank, state.blank, tokens.newline, 1 - state.blank);
    if (state.at === 'blank') return choice(tokens.newline, 1, tokens.blank, 0);
    if (state.at === 'newline')
      return choice(tokens.endOfTurn, state.pEnd, tokens.hyphen, 1 - state.pEnd);
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
 * The distribution at every position of an answer: entry i is what may follow its first i tokens, null from
 * where the list ends or the process could not have written it.
 *
 * @returns one entry more than there are tokens
 */
export function distributions(walk: ListWalk, answer: ArrayLike<number>): (Distribution | null)[] {
  const all = [walk.next()];
  for (let i = 0; i < answer.length; i++) {
    walk.push(answer[i]!);
    all.push(walk.next());
  }
  return all;
}

/** How a list is drawn from its distributions. Nothing given: as they are. */
export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
}

/** Write one list, its end of turn included. */
export function writeList(walk: ListWalk, random: () => number, sampling: Sampling = {}): number[] {
  const answer: number[] = [];
  for (let next = walk.next(); next !== null; next = walk.next()) {
    const id = draw(next, random, sampling);
    answer.push(id);
    walk.push(id);
  }
  return answer;
}

/** Draw the next token. */
export function draw(
  next: Distribution,
  random: () => number,
  { temperature = 1, topP = 1 }: Sampling = {},
): number {
  const asked = temperature === 1 && topP === 1 ? next : nucleus(next, temperature, topP);
  let u = random();
  const last = asked.ids.length - 1;
  for (let i = 0; i < last; i++) {
    u -= asked.probs[i]!;
    if (u < 0) return asked.ids[i]!;
  }
  return asked.ids[last]!;
}

/** The distribution at a temperature, cut to the likeliest tokens that hold `topP` of it; equals stay together. */
export function nucleus(next: Distribution, temperature: number, topP: number): Distribution {
  const heat = next.probs.map((p) => p ** (1 / temperature));
  const rising = heat.slice().sort();
  const enough = topP * rising.reduce((a, b) => a + b, 0);
  let at = rising.length;
  for (let mass = 0; at > 0 && mass < enough; ) mass += rising[--at]!;
  const coolest = rising[at]!;
  const kept = heat.filter((h) => h >= coolest);
  const mass = kept.reduce((a, b) => a + b, 0);
  return {
    ids: next.ids.filter((_, i) => heat[i]! >= coolest),
    probs: kept.map((h) => h / mass),
  };
}

type State =
  | { readonly at: 'item'; readonly node: TokenNode }
  | { readonly at: 'end of item'; readonly blank: number; readonly bare: number }
  | { readonly at: 'blank' }
  | { readonly at: 'newline'; readonly pEnd: number }
  | { readonly at: 'left' };

const LEFT: State = { at: 'left' };

/** The next token of an item: each by the weight of the unused items it leads to. */
function drawItem(tree: TopicTree, node: TokenNode, used: Uint8Array): Distribution {
  // Where only used items begin so, the list repeats one of them, by its weight.
  return weigh(tree.weights, node, used) ?? weigh(tree.weights, node, NONE_USED)!;
}

function weigh(weights: Float64Array, node: TokenNode, used: Uint8Array): Distribution | null {
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

function choice(a: number, pa: number, b: number, pb: number): Distribution {
  if (pb <= 0) return { ids: Int32Array.of(a), probs: Float64Array.of(1) };
  if (pa <= 0) return { ids: Int32Array.of(b), probs: Float64Array.of(1) };
  return { ids: Int32Array.of(a, b), probs: Float64Array.of(pa, pb) };
}
