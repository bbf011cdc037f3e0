import type { TokenForm } from '../lists/token-form.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { authorItems } from '../schema/released/author-items.ts';
import { authorLists } from '../schema/released/author-lists.ts';
import { releasedFiles } from '../schema/released/released-files.ts';
import type { Row } from '../schema/table.ts';
import type { TemplateName } from '../schema/templates.ts';
import { tokens } from '../schema/tokens.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import { LIST_FILES, type ListFile } from '../sources/released/files.ts';
import { readLists } from '../sources/released/read.ts';
import { defineStage } from './define.ts';
import { type List, rowsOf } from './generate/list-rows.ts';
import { authorCounts } from './released/author-counts.ts';
import { listFromIds } from './released/list-from-ids.ts';

/**
 * Read the released lists, and count each twice: by token, as every study's lists are, and as the author did.
 * The prompt is whatever stands before the answer's first hyphen.
 */
export const releasedListsStage = defineStage({
  name: 'released-lists',
  source: import.meta.url,
  settings: [],
  needs: ['form', 'released'],
  reads: [],
  writes: [completions, items, tokens, releasedFiles, authorLists, authorItems],

  async run({ form, released, write, progress }) {
    const lists: List[] = [];
    const files: Row<typeof releasedFiles>[] = [];
    for (const [i, file] of LIST_FILES.entries()) {
      for (const temperature of [file.temperatures].flat()) {
        const read = await readCell(file, temperature, released.path(file.file), form);
        files.push(fileRow(file, temperature, read, form.tokenizer));
        if (file.apart === null) lists.push(...read);
      }
      progress(i + 1, LIST_FILES.length, 'files');
    }
    const rows = rowsOf(lists);
    write(completions, rows.completions);
    write(items, rows.items);
    write(tokens, rows.tokens);
    write(releasedFiles, files);
    write(
      authorLists,
      lists.map((list) => authorListRow(list, form.tokenizer)),
    );
    write(
      authorItems,
      lists.flatMap((list) => authorItemRows(list, form.tokenizer)),
    );
  },
});

async function readCell(
  { template, temperatures }: ListFile,
  temperature: number,
  path: string,
  form: TokenForm,
): Promise<List[]> {
  const topics = await readLists(path, Array.isArray(temperatures) ? temperature : null);
  return [...topics].flatMap(([topic, lists]) =>
    lists.map((ids, replicate) => {
      const key = { topic, template, temperature, replicate };
      return listFromIds(key, ids, form);
    }),
  );
}

function fileRow(
  { file, template, apart }: ListFile,
  temperature: number,
  lists: readonly List[],
  tokenizer: Tokenizer,
): Row<typeof releasedFiles> {
  const mean = (of: (list: List) => number) =>
    lists.reduce((sum, list) => sum + of(list), 0) / lists.length;
  return {
    file,
    template,
    temperature,
    apart,
    n_lists: lists.length,
    n_topics: new Set(lists.map(({ sample }) => sample.topic)).size,
    n_ended: lists.filter(({ completion }) => completion.ended).length,
    n_prompt_as_said: lists.filter((list) => isPromptAsSaid(list, tokenizer)).length,
    mean_items: mean(({ names }) => names.length),
    mean_hyphens: mean(({ ids }) => authorCounts(ids, tokenizer).hyphens),
  };
}

const QUALIFIER: Readonly<Record<TemplateName, string>> = {
  short: ' short',
  long: ' long',
  plain: '',
};

/** The prompt in Gemma's chat format, of which the write-up prints the user's words as “Provide me a with …”. */
function isPromptAsSaid({ sample, ids }: List, tokenizer: Tokenizer): boolean {
  const { template, topic, prompt } = sample;
  const user = `Provide me with a${QUALIFIER[template]} list of ${topic}. Just provide the names, no need for any other information.`;
  const said = `<bos><start_of_turn>user\n${user}<end_of_turn>\n<start_of_turn>model\n-`;
  return tokenizer.decode(ids.slice(0, prompt.length)) === said;
}

function authorListRow({ sample, ids }: List, tokenizer: Tokenizer): Row<typeof authorLists> {
  const { hyphens, lines, distinctLines, shannon } = authorCounts(ids, tokenizer);
  return {
    sample_id: sample.id,
    n_hyphens: hyphens,
    n_lines: lines,
    n_distinct_lines: distinctLines,
    shannon_lines: shannon,
  };
}

function authorItemRows({ sample, ids }: List, tokenizer: Tokenizer): Row<typeof authorItems>[] {
  const { spans } = authorCounts(ids, tokenizer);
  return spans.map((span, i) => ({
    sample_id: sample.id,
    item_index: i,
    items_from_end: spans.length - 1 - i,
    n_tokens: span.tokens,
    has_blank: span.hasBlank,
  }));
}
