import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** The items of every topic, most common first, from topics.yaml. */
export const TOPICS: Readonly<Record<string, readonly string[]>> = parse(
  readFileSync(new URL('./topics.yaml', import.meta.url), 'utf8'),
);

/** A topic's items as a prefix tree of their tokens. */
export interface TopicTree {
  readonly topic: string;
  /** [rank], 0 the most common. */
  readonly items: readonly string[];
  /** [rank]: weight of the item in draws among the unused items. */
  readonly weights: Float64Array;
  /** [rank]: 1 if the item is a closing item, after which lists tend to stop. */
  readonly closing: Uint8Array;
  readonly root: TokenNode;
}

export interface TokenNode {
  /** Ranks of the items that start with the tokens of the path to this node. */
  readonly ranks: number[];
  /** By token id. */
  readonly children: Map<number, TokenNode>;
  /** The children as a list, most common first. */
  readonly edges: { readonly id: number; readonly ranks: readonly number[] }[];
  /** Rank of the item that ends at this node; null at other nodes. */
  item: number | null;
}

/**
 * Build the prefix tree of a topic.
 * @param encode token ids of a text, without special tokens
 * @throws if the topic is unknown, or if one item's tokens are a prefix of another's
 */
export function topicTree(topic: string, encode: (text: string) => number[]): TopicTree {
  const items = TOPICS[topic];
  if (items === undefined)
    throw new Error(`unknown topic: ${topic}: choose from ${Object.keys(TOPICS).join(', ')}`);
  const root = newNode();
  items.forEach((name, rank) => {
    insertItem(root, encode(` ${name}`), rank, name);
  });
  return {
    topic,
    items,
    weights: Float64Array.from(items, (_, rank) => (rank + 8) ** -0.8),
    closing: Uint8Array.from(items, (_, rank) => (isClosing(rank) ? 1 : 0)),
    root,
  };
}

/** Whether a rank is a closing item: every third rank from 4 to 39. */
export const isClosing = (rank: number): boolean => rank >= 4 && rank < 40 && rank % 3 === 1;

const newNode = (): TokenNode => ({ ranks: [], children: new Map(), edges: [], item: null });

function insertItem(root: TokenNode, tokens: readonly number[], rank: number, name: string): void {
  let parent = root;
  for (const token of tokens) {
    parent.ranks.push(rank);
    const child = parent.children.get(token) ?? addChild(parent, token);
    if (child.item !== null) throw new Error(`${name} begins with another item`);
    parent = child;
  }
  if (parent.children.size > 0 || parent.item !== null)
    throw new Error(`${name} begins another item`);
  parent.ranks.push(rank);
  parent.item = rank;
}

function addChild(parent: TokenNode, id: number): TokenNode {
  const child = newNode();
  parent.children.set(id, child);
  parent.edges.push({ id, ranks: child.ranks });
  return child;
}
