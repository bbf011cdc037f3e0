import { columns, dictionaryRows } from '../schema/dictionary.ts';
import { defineStage } from './define.ts';

/** Write the data dictionary: one row for each column of the study's tables. */
export const dictionaryStage = defineStage({
  name: 'dictionary',
  source: import.meta.url,
  settings: [],
  needs: ['tables'],
  reads: [],
  writes: [columns],

  async run({ tables, write }) {
    write(columns, dictionaryRows(tables));
  },
});
