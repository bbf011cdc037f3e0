import { forEachNextToken, nextTokenUse } from '../interp/next-token.ts';
import { completions } from '../schema/completions.ts';
import { entropy } from '../schema/entropy.ts';
import { entropySummary } from '../schema/entropy-summary.ts';
import { items } from '../schema/items.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { tokenEntropy } from '../schema/token-entropy.ts';
import { type Context, defineStage } from './define.ts';
import { measuresByPosition, type Watch, watchTokens } from './entropy/measures.ts';
import { type Pass, passesOf, readingOf } from './entropy/reading.ts';
import { entropyRows, tokenEntropyRows } from './entropy/rows.ts';
import { type EntropyMeans, startMeans } from './entropy/summary.ts';
import { listCounts, longestList } from './extent.ts';
import { groupByList, type ItemRow, listsById } from './lists-by-id.ts';
import { readerOf } from './reader.ts';

const SETTINGS = ['seed', 'batchSize', 'templates', 'sampling', 'entropy', 'bootstrap'] as const;

/** Upper bound on the number of watched tokens, for the memory plan; the miniature's vocabulary is smaller. */
const MAX_WATCHED = 64;

/**
 * Measure the next-token distribution after every token of a list.
 *
 * 1. Run the model on every list; for the chosen templates also with the qualifier swapped and the list unchanged.
 * 2. After each token, take the entropy of the full distribution and the probabilities of the form's events.
 * 3. Where the generating process is known, take the same measures of its exact distribution.
 * 4. Keep positions at an item's last token apart from positions at its newline.
 */
export const entropyStage = defineStage({
  name: '3-entropy',
  source: import.meta.url,
  settings: SETTINGS,
  needs: ['model', 'form'],
  uses: ['process'],
  reads: [completions, items],
  writes: [entropy, tokenEntropy, entropySummary],

  graphs: ({ model, longest, lists }) => [
    nextTokenUse(model, {
      tokens: longestList(longest),
      sequences: listCounts(TEMPLATES, lists).largest,
      watched: MAX_WATCHED,
    }),
  ],

  async run(context) {
    const { study, form, process, read, write, progress } = context;
    const lists = await read(completions);
    const itemsOf = groupByList(await read(items));
    const mostItems = lists.reduce((most, { n_items }) => Math.max(most, n_items), 0);
    const watch = watchTokens(form, { wholeVocabulary: process !== undefined, mostItems });
    const passes = passesOf(lists, study);
    const total = passes.flatMap((pass) => pass.lists).length;
    const means = startMeans(listsById(lists));
    for (const table of [entropy, tokenEntropy]) write(table, []);
    let finished = 0;
    for (const pass of passes) {
      const onProgress = (done: number) => progress(finished + done, total, 'lists');
      await measurePass(context, pass, { itemsOf, watch, means, onProgress });
      finished += pass.lists.length;
    }
    write(entropySummary, means.rows(study));
  },
});

type EntropyContext = Context<(typeof SETTINGS)[number], 'model' | 'form', 'process'>;

interface PassOptions {
  /** By `sample_id`. */
  readonly itemsOf: ReadonlyMap<string, readonly ItemRow[]>;
  readonly watch: Watch;
  readonly means: EntropyMeans;
  readonly onProgress: (done: number) => void;
}

/** Run the model on the lists of one pass, and write the rows of both tables as the lists are done. */
async function measurePass(
  context: EntropyContext,
  { lists, condition, perItem }: Pass,
  { itemsOf, watch, means, onProgress }: PassOptions,
): Promise<void> {
  const { study, form, process, write } = context;
  const readings = lists.map((list) => readingOf(list, condition, study.templates, form));
  const options = { watch: watch.ids, onProgress };
  await forEachNextToken(readerOf(context), readings, options, (predicted, i) => {
    const reading = readings[i]!;
    const { list, template: qualifier, ids } = reading;
    const answer = ids.slice(list.n_prompt_tokens);
    const truth = process?.after({ topic: list.topic, qualifier }, answer) ?? null;
    const measuresAt = measuresByPosition({ reading, predicted, truth }, watch, form.events);
    if (condition === 'clean')
      write(tokenEntropy, tokenEntropyRows(reading, predicted, measuresAt));
    if (!perItem) return;
    const rows = entropyRows(reading, itemsOf.get(list.sample_id) ?? [], measuresAt);
    for (const row of rows) means.add(row);
    write(entropy, rows);
  });
}
