import { upTo } from '../graph/graph-use.ts';
import { nextToken, nextTokenGraph, rowsThatFit } from '../interp/next-token.ts';
import { completions } from '../schema/completions.ts';
import { type EntropyRow, entropy } from '../schema/entropy.ts';
import { entropySummary } from '../schema/entropy-summary.ts';
import { items } from '../schema/items.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { type TokenEntropyRow, tokenEntropy } from '../schema/token-entropy.ts';
import { entropyRows, measure, tokenEntropyRows, watchTokens } from './entropy/measures.ts';
import { passesOf, readingOf } from './entropy/reading.ts';
import { summarise } from './entropy/summary.ts';
import { generatingProcess, truthOf } from './entropy/truth.ts';
import { defineStage, listsOf, longestList } from './stage.ts';

/** Tokens whose probability is kept; the words of the miniature's process are fewer than this, too. */
const MOST_WATCHED = 64;

/**
 * Measure how open the continuation is after every token of a list.
 *
 * 1. Read every list again; those of the chosen templates also with the qualifier swapped, the list kept.
 * 2. After each token take the full distribution's entropy and the probabilities of what ends an item.
 * 3. For the miniature, set the generating process's own distribution beside them.
 * 4. Keep what follows an item's last token apart from what follows its newline.
 */
export const entropyStage = defineStage({
  name: '3-entropy',
  source: import.meta.url,
  config: ['kind', 'model', 'seed', 'batchSize', 'templates', 'sampling', 'entropy', 'bootstrap'],
  reads: [completions, items],
  writes: [entropy, tokenEntropy, entropySummary],

  graphs: ({ model, longest, lists }) => {
    const T = longestList(longest);
    const most = Math.min(rowsThatFit(T, model.dims.dVocab), listsOf(TEMPLATES, lists).ofOne);
    const sizes = (B: number) => ({ B, T, W: MOST_WATCHED });
    return [upTo(most, { name: 'next token', graph: () => nextTokenGraph(model), sizes })];
  },

  async run({ study, provider, model, tokenizer, read, write, progress }) {
    const gemma = model();
    const tokenize = tokenizer();
    const lists = await read(completions);
    const itemsOf = Map.groupBy(await read(items), ({ sample_id }) => sample_id);
    const generating = study.kind === 'miniature' ? generatingProcess(tokenize) : null;
    const watch = watchTokens(tokenize, generating !== null);
    const passes = passesOf(lists, study);
    const total = passes.flatMap((pass) => pass.lists).length;
    const rows: EntropyRow[] = [];
    const tokenRows: TokenEntropyRow[] = [];
    let finished = 0;
    for (const { lists, condition, perItem } of passes) {
      const readings = lists.map((list) => readingOf(list, condition, study.templates, tokenize));
      const found = await nextToken(gemma, readings, {
        provider,
        watch: watch.ids,
        batchSize: study.batchSize,
        onProgress: (done) => progress(finished + done, total, 'lists'),
      });
      for (const [i, reading] of readings.entries()) {
        const own = itemsOf.get(reading.list.sample_id) ?? [];
        const truth = generating && truthOf(generating, reading);
        const at = measure(reading, found[i]!, watch, truth);
        if (condition === 'clean') tokenRows.push(...tokenEntropyRows(reading, found[i]!, at));
        if (perItem) rows.push(...entropyRows(reading, own, at));
      }
      finished += lists.length;
    }
    const byId = new Map(lists.map((list) => [list.sample_id, list]));
    write(entropy, rows);
    write(tokenEntropy, tokenRows);
    write(entropySummary, summarise(rows, byId, study));
  },
});
