import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import type { ListTokens } from './process.ts';
import { QUALIFIERS, type Qualifier, userRequest } from './qualifiers.ts';
import { TOPICS, type TopicTree, topicTree } from './topics.ts';

/** The topics and prompts of the generating process, as token ids. */
export interface Corpus {
  readonly tokens: ListTokens & { readonly pad: number };
  /** By topic. */
  readonly trees: ReadonlyMap<string, TopicTree>;
  /** Token ids of a prompt, with the hyphen that opens the list. */
  prompt(topic: string, qualifier: Qualifier): number[];
  /** Id of the qualifier's token; null for the plain prompt. */
  qualifierId(qualifier: Qualifier): number | null;
}

export function createCorpus(tokenizer: Tokenizer): Corpus {
  const tokens = {
    hyphen: tokenizer.id('-'),
    newline: tokenizer.id('\n'),
    blank: tokenizer.id(' '),
    endOfTurn: tokenizer.id('<end_of_turn>'),
    pad: tokenizer.id('<pad>'),
  };
  const trees = new Map(
    Object.keys(TOPICS).map((topic) => [topic, topicTree(topic, tokenizer.encode)]),
  );
  const prompts = new Map<string, number[]>();
  const prompt = (topic: string, qualifier: Qualifier) => {
    const text = `${tokenizer.chatPrompt(userRequest(qualifier, topic))}-`;
    const ids = prompts.get(text) ?? tokenizer.encode(text);
    prompts.set(text, ids);
    return ids;
  };
  const ids = new Map(QUALIFIERS.map((q) => [q.text, q.text === '' ? null : tokenizer.id(q.text)]));
  return { tokens, trees, prompt, qualifierId: (qualifier) => ids.get(qualifier.text) ?? null };
}
