import { join } from 'node:path';
import { createCorpus } from '../../pipeline/miniature/corpus.ts';
import { type ListWalk, startWalk } from '../../pipeline/miniature/process.ts';
import { type Qualifier, qualifierOf } from '../../pipeline/miniature/qualifiers.ts';
import { TOPICS } from '../../pipeline/miniature/topics.ts';
import { loadTokenizer } from '../../pipeline/sources/formats/tokenizer.ts';

export const DATA = join(import.meta.dirname, '../../data');
export const MINIATURE = join(DATA, 'models/miniature');
export const TOPIC_NAMES = Object.keys(TOPICS);

/** The committed tokenizer, and the corpus in its ids. */
export const tokenizer = loadTokenizer(MINIATURE);
export const corpus = createCorpus(tokenizer);
export const { tokens } = corpus;

/** A walk through an answer to a qualifier's prompt. */
export const walkOf = (topic: string, qualifier: string | Qualifier): ListWalk =>
  startWalk(
    corpus.trees.get(topic)!,
    typeof qualifier === 'string' ? qualifierOf(qualifier) : qualifier,
    tokens,
  );

/** [rank]: the token ids of a topic's items. */
export const itemTokens = (topic: string): number[][] =>
  TOPICS[topic]!.map((name) => tokenizer.encode(` ${name}`));

export const sum = (xs: ArrayLike<number>): number => Array.from(xs).reduce((a, b) => a + b, 0);

/** @throws where two numbers lie further apart than `tol` */
export function assertNear(found: number, expected: number, tol: number, what = ''): void {
  if (!(Math.abs(found - expected) <= tol))
    throw new Error(`${what} ${found} is not within ${tol} of ${expected}`);
}
