import { nextToken, nextTokenUse } from '../interp/next-token.ts';
import { authorship } from '../schema/authorship.ts';
import { AUTHORED_TEMPLATES } from '../schema/authorship-columns.ts';
import { authorshipLists } from '../schema/authorship-lists.ts';
import { authorshipByItem, authorshipSummary } from '../schema/authorship-summary.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import {
  type AuthoredReading,
  candidatesOf,
  ownLists,
  spellCandidate,
} from './authorship/lists.ts';
import { authorshipRows, type PredictedList } from './authorship/rows.ts';
import { summarise, summariseByItem } from './authorship/summary.ts';
import { type Context, defineStage } from './define.ts';
import { longestOf } from './extent.ts';
import { groupByList } from './lists-by-id.ts';
import { ofLists } from './of-lists.ts';
import { readerOf } from './reader.ts';

const SETTINGS = [
  'seed',
  'batchSize',
  'topics',
  'templates',
  'sampling',
  'authorship',
  'bootstrap',
] as const;

type AuthorshipContext = Context<(typeof SETTINGS)[number], 'model' | 'form', 'process'>;

/** Upper bounds for the memory plan: tokens of an answer by another author, and of the items that extend a list. */
const ANSWER_TOKENS = 512;
const EXTENSION_TOKENS = 256;

/**
 * How does the model read lists that it did not write?
 *
 * 1. Take the model's own first list of each topic and template; the same shuffled, cut early and extended; lists written
 *    by hand; and those of other studies' models. Spell each in the model's tokens, after its own prompt.
 * 2. Run the model on each once: after every item the entropy and the probability of the end; of the answer's tokens the
 *    log-likelihood.
 * 3. Average by author, each beside the model's own list of the same topic.
 */
export const authorshipStage = defineStage({
  name: 'authorship',
  source: import.meta.url,
  settings: SETTINGS,
  needs: ['model', 'form', 'authoredLists'],
  uses: ['process'],
  reads: [completions, items],
  writes: [authorshipLists, authorship, authorshipSummary, authorshipByItem],

  graphs: ({ study, model, longest }) => [
    nextTokenUse(model, {
      tokens: Math.max(
        longestOf(AUTHORED_TEMPLATES, longest) + EXTENSION_TOKENS,
        longest.prompt + ANSWER_TOKENS,
      ),
      sequences: study.batchSize,
      watched: 2,
    }),
  ],

  async run(context) {
    const { study, form, model, authoredLists, read, write } = context;
    const firsts = await read(completions, 'replicate = 0');
    const own = ownLists(firsts, groupByList(await read(items, ofLists(firsts))), study);
    const readings = candidatesOf(own, authoredLists, study).map((candidate) =>
      spellCandidate(candidate, study, { form, maxPositions: model.model.maxPositions }),
    );
    const rows = (await readLists(context, readings)).flatMap(authorshipRows);
    write(
      authorshipLists,
      readings.map(({ row }) => row),
    );
    write(authorship, rows);
    write(authorshipSummary, summarise(rows, study));
    write(authorshipByItem, summariseByItem(rows, study));
  },
});

/** Run the model on every list that can be read, shorter ones first, so that a batch has little padding. */
async function readLists(
  context: AuthorshipContext,
  readings: readonly AuthoredReading[],
): Promise<PredictedList[]> {
  const { form, process, progress } = context;
  const read = readings.filter(({ row }) => row.reason === null);
  const byLength = read.toSorted((a, b) => a.ids.length - b.ids.length);
  const { end: endId, again } = form.events.item;
  const predictions = await nextToken(readerOf(context), byLength, {
    watch: [endId, again],
    onProgress: (done) => progress(done, read.length, 'lists'),
  });
  const predictedOf = new Map(byLength.map((reading, i) => [reading, predictions[i]!]));
  return read.map((reading) => {
    const { topic, template } = reading.row;
    const answer = reading.ids.slice(reading.promptLength);
    const truth = process?.after({ topic, qualifier: template }, answer) ?? null;
    return { reading, predicted: predictedOf.get(reading)!, truth, endId };
  });
}
