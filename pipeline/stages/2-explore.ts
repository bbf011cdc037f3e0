import { completions } from '../schema/completions.ts';
import { exploration } from '../schema/exploration.ts';
import { itemCounts } from '../schema/item-counts.ts';
import { items } from '../schema/items.ts';
import type { Row } from '../schema/table.ts';
import { tokens } from '../schema/tokens.ts';
import { defineStage } from './define.ts';
import { cellKey, groupKey, observeCell } from './explore/observations.ts';
import { averageGroup, lengthRows } from './explore/rows.ts';
import { groupByList } from './lists-by-id.ts';

/** Describe the lists: number of items, tokens per item, repeats, and blanks before the end. */
export const exploreStage = defineStage({
  name: '2-explore',
  source: import.meta.url,
  settings: ['seed', 'bootstrap'],
  needs: [],
  reads: [completions, items, tokens],
  writes: [exploration, itemCounts],

  async run({ study, read, write, progress }) {
    const lists = await read(completions);
    const indented = await read(tokens, "kind = 'nested'");
    const parts = {
      itemsOf: groupByList(await read(items)),
      nested: new Set(indented.map(({ sample_id }) => sample_id)),
    };
    const cells = [...Map.groupBy(lists, cellKey).values()];
    const rows: Row<typeof exploration>[] = [];
    for (const [i, cell] of cells.entries()) {
      const groups = Map.groupBy(observeCell(cell, parts), groupKey);
      for (const [key, group] of groups) rows.push(averageGroup(group, key, study));
      progress(i + 1, cells.length, 'cells');
    }
    write(exploration, rows);
    write(itemCounts, cells.flatMap(lengthRows));
  },
});
