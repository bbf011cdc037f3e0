import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { authorItems } from '../schema/released/author-items.ts';
import { authorLists } from '../schema/released/author-lists.ts';
import { releasedFiles } from '../schema/released/released-files.ts';
import type { Row } from '../schema/table.ts';
import { tokens } from '../schema/tokens.ts';
import { LIST_FILES } from '../sources/released/files.ts';
import { readLists } from '../sources/released/read.ts';
import { defineStage } from './define.ts';
import { type List, rowsOf } from './generate/list-rows.ts';
import { authorItemRows, authorListRow } from './released/author-rows.ts';
import { fileRow } from './released/file-row.ts';
import { listFromIds } from './released/list-from-ids.ts';

/**
 * Read the released lists and count each by two rules: by token, as in every study, and as the author did. The prompt
 * is everything up to and including the answer's first hyphen.
 */
export const releasedListsStage = defineStage({
  name: 'released-lists',
  source: import.meta.url,
  settings: [],
  needs: ['form', 'released'],
  reads: [],
  writes: [completions, items, tokens, releasedFiles, authorLists, authorItems],

  async run({ form, released, write, progress }) {
    const { tokenizer } = form;
    const lists: List[] = [];
    const files: Row<typeof releasedFiles>[] = [];
    for (const [i, file] of LIST_FILES.entries()) {
      const { template, temperatures } = file;
      for (const temperature of [temperatures].flat()) {
        const key = typeof temperatures === 'number' ? null : temperature;
        const idsByTopic = await readLists(released.path(file.file), key);
        const read = [...idsByTopic].flatMap(([topic, topicIds]) =>
          topicIds.map((ids, replicate) =>
            listFromIds({ topic, template, temperature, replicate }, ids, form),
          ),
        );
        files.push(fileRow(file, temperature, read, tokenizer));
        if (file.excluded === null) lists.push(...read);
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
      lists.map((list) => authorListRow(list, tokenizer)),
    );
    write(
      authorItems,
      lists.flatMap((list) => authorItemRows(list, tokenizer)),
    );
  },
});
