import type { releasedFiles } from '../../schema/released/released-files.ts';
import type { Row } from '../../schema/table.ts';
import type { TemplateName } from '../../schema/templates.ts';
import type { Tokenizer } from '../../sources/formats/tokenizer.ts';
import type { ListFile } from '../../sources/released/files.ts';
import type { List } from '../generate/list-rows.ts';
import { authorCounts } from './author-counts.ts';

/** What one file holds at one temperature. */
export function fileRow(
  { file, template, excluded }: ListFile,
  temperature: number,
  lists: readonly List[],
  tokenizer: Tokenizer,
): Row<typeof releasedFiles> {
  const mean = (getValue: (list: List) => number) =>
    lists.reduce((sum, list) => sum + getValue(list), 0) / lists.length;
  return {
    file,
    template,
    temperature,
    apart: excluded,
    n_lists: lists.length,
    n_topics: new Set(lists.map(({ sample }) => sample.topic)).size,
    n_ended: lists.filter(({ completion }) => completion.ended).length,
    n_prompt_as_said: lists.filter((list) => hasStatedPrompt(list, tokenizer)).length,
    mean_items: mean(({ itemTexts }) => itemTexts.length),
    mean_hyphens: mean(({ ids }) => authorCounts(ids, tokenizer).hyphens),
  };
}

const QUALIFIER: Readonly<Record<TemplateName, string>> = {
  short: ' short',
  long: ' long',
  plain: '',
};

/** Whether a list's prompt is the write-up's, in Gemma's chat format (the write-up misprints it “Provide me a with …”). */
function hasStatedPrompt({ sample, ids }: List, tokenizer: Tokenizer): boolean {
  const { template, topic, prompt } = sample;
  const user = `Provide me with a${QUALIFIER[template]} list of ${topic}. Just provide the names, no need for any other information.`;
  const stated = `<bos><start_of_turn>user\n${user}<end_of_turn>\n<start_of_turn>model\n-`;
  return tokenizer.decode(ids.slice(0, prompt.length)) === stated;
}
