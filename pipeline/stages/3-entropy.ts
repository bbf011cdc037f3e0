import { nextToken, nextTokenUse } from '../interp/next-token.ts';
import { completions } from '../schema/completions.ts';
import { type EntropyRow, entropy } from '../schema/entropy.ts';
import { entropySummary } from '../schema/entropy-summary.ts';
import { items } from '../schema/items.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { type TokenEntropyRow, tokenEntropy } from '../schema/token-entropy.ts';
import { defineStage } from './define.ts';
import { entropyRows, measure, tokenEntropyRows, watchTokens } from './entropy/measures.ts';
import { passesOf, readingOf } from './entropy/reading.ts';
import { summarise } from './entropy/summary.ts';
import { listCounts, longestList } from './extent.ts';
import { byList, listsById } from './lists-by-id.ts';
import { readerOf } from './reader.ts';

/** Tokens whose probability is kept; the words of the miniature's process are fewer than this, too. */
const MOST_WATCHED = 64;

/**
 * Measure how open the continuation is after every token of a list.
 *
 * 1. Read every list again; those of the chosen templates also with the qualifier swapped, the list kept.
 * 2. After each token take the full distribution's entropy and the probabilities of the form's events.
 * 3. Where the generating process is known, set its own distribution beside them.
 * 4. Keep what follows an item's last token apart from what follows its newline.
 */
export const entropyStage = defineStage({
  name: '3-entropy',
  source: import.meta.url,
  settings: ['seed', 'batchSize', 'templates', 'sampling', 'entropy', 'bootstrap'],
  needs: ['model', 'form'],
  uses: ['process'],
  reads: [completions, items],
  writes: [entropy, tokenEntropy, entropySummary],

  graphs: ({ model, longest, lists }) => [
    nextTokenUse(model, {
      tokens: longestList(longest),
      sequences: listCounts(TEMPLATES, lists).ofOne,
      watched: MOST_WATCHED,
    }),
  ],

  async run(context) {
    const { study, form, process, read, write, progress } = context;
    const reader = readerOf(context);
    const lists = await read(completions);
    const itemsOf = byList(await read(items));
    const watch = watchTokens(form, process !== undefined);
    const passes = passesOf(lists, study);
    const total = passes.flatMap((pass) => pass.lists).length;
    const rows: EntropyRow[] = [];
    const tokenRows: TokenEntropyRow[] = [];
    let finished = 0;
    for (const { lists, condition, perItem } of passes) {
      const readings = lists.map((list) => readingOf(list, condition, study.templates, form));
      const found = await nextToken(reader, readings, {
        watch: watch.ids,
        onProgress: (done) => progress(finished + done, total, 'lists'),
      });
      for (const [i, reading] of readings.entries()) {
        const own = itemsOf.get(reading.list.sample_id) ?? [];
        const predicted = found[i]!;
        const { list, template: qualifier, ids } = reading;
        const answer = ids.slice(list.n_prompt_tokens);
        const truth = process?.after({ topic: list.topic, qualifier }, answer) ?? null;
        const after = measure({ reading, predicted, truth }, watch, form.events);
        if (condition === 'clean') tokenRows.push(...tokenEntropyRows(reading, predicted, after));
        if (perItem) rows.push(...entropyRows(reading, own, after));
      }
      finished += lists.length;
    }
    write(entropy, rows);
    write(tokenEntropy, tokenRows);
    write(entropySummary, summarise(rows, listsById(lists), study));
  },
});
