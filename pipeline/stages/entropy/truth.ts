import {
  type Distribution,
  distributions,
  type ListWalk,
  startWalk,
} from '../../miniature/process.ts';
import { qualifierOf } from '../../miniature/qualifiers.ts';
import { topicTree } from '../../miniature/topics.ts';
import type { TemplateName } from '../../schema/templates.ts';
import type { Tokenizer } from '../../sources/formats/tokenizer.ts';
import type { Reading } from './reading.ts';

/** The generating process's distribution after each token of an answer; null where it could not be there. */
export type Truth = readonly (Distribution | null)[];

/** The miniature's process, ready to walk a list of a topic as a template's qualifier asks. */
export function generatingProcess(
  tokenizer: Tokenizer,
): (topic: string, template: TemplateName) => ListWalk {
  const tokens = {
    hyphen: tokenizer.id('-'),
    newline: tokenizer.id('\n'),
    blank: tokenizer.id(' '),
    endOfTurn: tokenizer.id('<end_of_turn>'),
  };
  const treeOf = memoize((topic: string) => topicTree(topic, tokenizer.encode));
  return (topic, template) => startWalk(treeOf(topic), qualifierOf(template), tokens);
}

/** Entry i is the truth after the i-th token from the first hyphen on. */
export const truthOf = (
  process: ReturnType<typeof generatingProcess>,
  { list, template, ids }: Reading,
): Truth => distributions(process(list.topic, template), ids.slice(list.n_prompt_tokens));

function memoize<V>(make: (key: string) => V): (key: string) => V {
  const made = new Map<string, V>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key)!;
  };
}
