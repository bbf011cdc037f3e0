import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** Item names of every topic, commonest first, as topics.yaml lists them. */
export const TOPICS: Readonly<Record<string, readonly string[]>> = parse(
  readFileSync(new URL('./topics.yaml', import.meta.url), 'utf8'),
);

/** A topic's items by their tokens: the tree that a list is read by, one token at a time. */
export interface TopicTree {
  readonly topic: string;
  /** By rank, 0 the commonest. */
  readonly items: readonly string[];
  /** [rank]: how readily the item is drawn, relative to the other ones left. */
  readonly weights: Float64Array;
  /** [rank]: 1 where the item is one that lists like to close with. */
  readonly closing: Uint8Array;
  readonly root: TokenNode;
}

export interface TokenNode {
  /** Ranks of the items that begin with the tokens down to here. */
  readonly ranks: number[];
  /** By the next token. */
  readonly children: Map<number, TokenNode>;
  /** The same as a list, commonest first. */
  readonly edges: { readonly id: number; readonly ranks: readonly number[] }[];
  /** Rank of the item that ends here. */
  item: number | null;
}

/**
 * @param encode token ids of a text, nothing added
 * @throws where an item's tokens begin another's: a list would then read in two ways
 */
export function topicTree(topic: string, encode: (text: string) => number[]): TopicTree {
  const items = TOPICS[topic];
  if (items === undefined)
    throw new Error(`unknown topic: ${topic}: choose from ${Object.keys(TOPICS).join(', ')}`);
  const root = node();
  items.forEach((name, rank) => {
    insert(root, encode(` ${name}`), rank, name);
  });
  return {
    topic,
    items,
    weights: Float64Array.from(items, (_, rank) => (rank + 8) ** -0.8),
    closing: Uint8Array.from(items, (_, rank) => (isClosing(rank) ? 1 : 0)),
    root,
  };
}

/** Every third of the commoner ranks, the first few left out. */
export const isClosing = (rank: number): boolean => rank >= 4 && rank < 40 && rank % 3 === 1;

const node = (): TokenNode => ({ ranks: [], children: new Map(), edges: [], item: null });

function insert(root: TokenNode, tokens: readonly number[], rank: number, name: string): void {
  let at = root;
  for (const token of tokens) {
    at.ranks.push(rank);
    const child = at.children.get(token) ?? grow(at, token);
    if (child.item !== null) throw new Error(`${name} begins with another item`);
    at = child;
  }
  if (at.children.size > 0 || at.item !== null) throw new Error(`${name} begins another item`);
  at.ranks.push(rank);
  at.item = rank;
}

function grow(parent: TokenNode, id: number): TokenNode {
  const child = node();
  parent.children.set(id, child);
  parent.edges.push({ id, ranks: child.ranks });
  return child;
}
