import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { audit, RULES } from '../schema/released/audit.ts';
import { authorItems } from '../schema/released/author-items.ts';
import { authorLists } from '../schema/released/author-lists.ts';
import type { Row } from '../schema/table.ts';
import { defineStage } from './define.ts';
import { cellRows } from './released/audit/cell-rows.ts';
import { readCountedLists } from './released/audit/counted-lists.ts';
import { temperatureRows } from './released/audit/temperature-rows.ts';

/** Compute every quantity that the write-up reports, counted by the author's rule and by token, with intervals. */
export const releasedAuditStage = defineStage({
  name: 'released-audit',
  source: import.meta.url,
  settings: ['seed', 'bootstrap'],
  needs: [],
  reads: [completions, items, authorLists, authorItems],
  writes: [audit],

  async run({ study, read, write, progress }) {
    const lists = await readCountedLists(read);
    const cells = Map.groupBy(lists, ({ template, temperature }) => `${template} ${temperature}`);
    const rows: Row<typeof audit>[] = [];
    for (const [i, cell] of [...cells.values()].entries()) {
      for (const rule of RULES) rows.push(...cellRows(cell, rule, study));
      progress(i + 1, cells.size, 'cells');
    }
    const short = lists.filter(({ template }) => template === 'short');
    for (const rule of RULES) rows.push(...temperatureRows(short, rule, study));
    write(audit, rows);
  },
});
