import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import type { Distribution } from '../stats/distribution.ts';
import { distributions, type Sampling, startWalk, writeList } from './process.ts';
import { qualifierOf } from './qualifiers.ts';
import { TOPICS, topicTree } from './topics.ts';

/** A prompt as the generating process reads it: a topic, and the word that says how long the list shall be. */
export interface Request {
  readonly topic: string;
  /** `plain` for the prompt that has no such word. */
  readonly qualifier: string;
}

/** The miniature's process, ready to judge and to write lists in the tokens of its model. */
export interface GeneratingProcess {
  /** Names of the items of every topic. */
  readonly topics: Readonly<Record<string, readonly string[]>>;
  /**
   * The distribution after the prompt and after each token of an answer; null where the answer could not be there.
   * @param answer the tokens after the prompt
   * @returns one entry more than there are tokens
   */
  after(request: Request, answer: readonly number[]): (Distribution | null)[];
  /** Write a list, its end of turn included. */
  write(request: Request, random: () => number, sampling: Sampling): number[];
}

export function generatingProcess(tokenizer: Tokenizer): GeneratingProcess {
  const tokens = {
    hyphen: tokenizer.id('-'),
    newline: tokenizer.id('\n'),
    blank: tokenizer.id(' '),
    endOfTurn: tokenizer.id('<end_of_turn>'),
  };
  const treeOf = remembered((topic: string) => topicTree(topic, tokenizer.encode));
  const walk = ({ topic, qualifier }: Request) =>
    startWalk(treeOf(topic), qualifierOf(qualifier), tokens);
  return {
    topics: TOPICS,
    after: (request, answer) => distributions(walk(request), answer),
    write: (request, random, sampling) => writeList(walk(request), random, sampling),
  };
}

function remembered<V>(make: (key: string) => V): (key: string) => V {
  const made = new Map<string, V>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}
