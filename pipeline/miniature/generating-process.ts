import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import type { Distribution } from '../stats/distribution.ts';
import { distributions, type Sampling, startWalk, writeList } from './process.ts';
import { qualifierOf } from './qualifiers.ts';
import { TOPICS, topicTree } from './topics.ts';

/** A prompt as the generating process sees it: a topic, and the qualifier that sets the length of the list. */
export interface ProcessPrompt {
  readonly topic: string;
  /** `plain` for the prompt without a qualifier. */
  readonly qualifier: string;
}

/** The process that generated the miniature's training corpus, in the tokens of its model. */
export interface GeneratingProcess {
  /** The items of every topic. */
  readonly topics: Readonly<Record<string, readonly string[]>>;
  /**
   * The next-token distribution after the prompt and after each token of an answer; null from where the list ends, or
   * where the process could not have written the tokens so far.
   * @param answer ids of the tokens after the prompt
   * @returns [answer.length + 1]
   */
  after(request: ProcessPrompt, answer: readonly number[]): (Distribution | null)[];
  /** Sample a list. @returns token ids, end of turn included */
  write(request: ProcessPrompt, random: () => number, sampling: Sampling): number[];
}

export function generatingProcess(tokenizer: Tokenizer): GeneratingProcess {
  const tokens = {
    hyphen: tokenizer.id('-'),
    newline: tokenizer.id('\n'),
    blank: tokenizer.id(' '),
    endOfTurn: tokenizer.id('<end_of_turn>'),
  };
  const treeOf = memoize((topic: string) => topicTree(topic, tokenizer.encode));
  const walk = ({ topic, qualifier }: ProcessPrompt) =>
    startWalk(treeOf(topic), qualifierOf(qualifier), tokens);
  return {
    topics: TOPICS,
    after: (request, answer) => distributions(walk(request), answer),
    write: (request, random, sampling) => writeList(walk(request), random, sampling),
  };
}

function memoize<V>(make: (key: string) => V): (key: string) => V {
  const made = new Map<string, V>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}
