import { lensUse } from '../interp/logit-lens.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { layerContributions } from '../schema/layer-contributions.ts';
import { logitLensTable } from '../schema/logit-lens.ts';
import { logitLensLists } from '../schema/logit-lens-lists.ts';
import { logitLensSummary } from '../schema/logit-lens-summary.ts';
import { PROXY_NAMES } from '../schema/proxies.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { defineStage } from './define.ts';
import { listCounts, longestList, mostItems } from './extent.ts';
import { groupByList, listsAtTemperature } from './lists-by-id.ts';
import { firstLists, listRow } from './logit-lens/first-lists.ts';
import { readItems } from './logit-lens/read-items.ts';
import { contributionRows, lensRows } from './logit-lens/rows.ts';
import { startMeans } from './logit-lens/summary.ts';
import { readerOf } from './reader.ts';

/**
 * Apply the logit lens at every item: at which layer does the logit difference show that the list ends?
 *
 * 1. For each proxy, read every layer's residual stream where the proxy's logit difference is defined.
 * 2. Attribute the last layer's difference to the embedding and to each layer's attention and MLP.
 * 3. Average both by the item's position in its list; keep the first list of each topic and template as it is.
 */
export const logitLensStage = defineStage({
  name: '4-logit-lens',
  source: import.meta.url,
  settings: ['seed', 'batchSize', 'sampling', 'bootstrap'],
  needs: ['model', 'form'],
  reads: [completions, items],
  writes: [logitLensTable, logitLensLists, layerContributions, logitLensSummary],

  graphs: ({ model, longest, lists }) => {
    const tokens = longestList(longest);
    const sequences = listCounts(TEMPLATES, lists).all;
    return [lensUse(model, { tokens, positions: mostItems(tokens), sequences })];
  },

  async run(context) {
    const { study, form, read, write, progress } = context;
    const lists = listsAtTemperature(await read(completions), study.sampling.temperature);
    const itemsOf = groupByList(await read(items));
    const means = startMeans(lists);
    const isFirst = firstLists(lists);
    for (const table of [logitLensTable, logitLensLists, layerContributions]) write(table, []);
    const total = PROXY_NAMES.length * lists.length;
    for (const [pass, proxy] of PROXY_NAMES.entries()) {
      const onProgress = (done: number) => progress(pass * lists.length + done, total, 'lists');
      const options = { proxy, itemsOf, events: form.events, onProgress };
      await readItems(readerOf(context), lists, options, (reading) => {
        const [lens, contributions] = [lensRows(reading), contributionRows(reading)];
        write(logitLensTable, lens);
        write(logitLensLists, lens.filter(isFirst).map(listRow));
        write(layerContributions, contributions);
        means.add(lens, contributions);
      });
    }
    write(logitLensSummary, means.rows(study));
  },
});
