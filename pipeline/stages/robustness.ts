import { limitBatch } from '../graph/graph-use.ts';
import { nextToken, nextTokenUse } from '../interp/next-token.ts';
import type { TokenForm } from '../lists/token-form.ts';
import { BATCH_FACTOR, generate } from '../runtime/generate.ts';
import { atGenerationBatch, generationUse } from '../runtime/generation-memory.ts';
import { completions } from '../schema/completions.ts';
import { entropy } from '../schema/entropy.ts';
import { robustness } from '../schema/robustness.ts';
import { robustnessLists } from '../schema/robustness-lists.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { type Context, defineStage } from './define.ts';
import { readingOf } from './entropy/reading.ts';
import { listCounts, longestList } from './extent.ts';
import { listOf, rowsOf } from './generate/list-rows.ts';
import { samplesByCell } from './generate/samples.ts';
import { groupByList, type ItemRow, type ListRow, listsAtTemperature } from './lists-by-id.ts';
import { readerOf } from './reader.ts';
import { type FormList, type ItemEnd, summarise } from './robustness/summary.ts';

const SETTINGS = [
  'seed',
  'batchSize',
  'topics',
  'templates',
  'sampling',
  'form',
  'robustness',
  'bootstrap',
] as const;

/** Upper bound on the tokens of the lists that the other form shows before it asks. */
const EXAMPLE_TOKENS = 256;

type RobustnessContext = Context<(typeof SETTINGS)[number], 'model' | 'otherForm'>;

/**
 * Does what the study finds of the lists' length and of the qualifier hold when the lists are asked for in another form?
 *
 * 1. Sample lists of every topic and template in the other form, at the study's temperature.
 * 2. Read the probability of the end after each item, after the prompt as it is and with its qualifier swapped.
 * 3. Average both forms alike; those of the study's own form are in its tables.
 */
export const robustnessStage = defineStage({
  name: 'robustness',
  source: import.meta.url,
  settings: SETTINGS,
  needs: ['model', 'otherForm'],
  reads: [completions, entropy],
  writes: [robustness, robustnessLists],

  graphs: ({ provider, model, longest, lists }) => {
    const prompt = longest.prompt + EXAMPLE_TOKENS;
    const length = { prompt, list: longestList(longest) + EXAMPLE_TOKENS };
    const sequences = listCounts(TEMPLATES, lists).largest;
    return [
      atGenerationBatch(limitBatch(sequences, generationUse(model, provider, length))),
      nextTokenUse(model, { tokens: length.list, sequences, watched: 1 }),
    ];
  },

  async run(context) {
    const { study, read, write } = context;
    const own = listsAtTemperature(await read(completions), study.sampling.temperature);
    const written = await writeLists(context);
    const ends = await endsOf(context, written.lists, written.itemsOf);
    const other = written.lists.map((list, i) => formList(study.robustness.form, list, ends[i]!));
    const ownEnds = groupByList(await read(entropy, "position_kind = 'item'"));
    write(
      robustness,
      summarise([...own.map((list) => ownList(study.form, list, ownEnds)), ...other], study),
    );
    write(
      robustnessLists,
      written.lists.map(
        ({ sample_id, template, topic, n_items, n_tokens, n_repeats, loops, ended, text }) => ({
          sample_id,
          template,
          topic,
          n_items,
          n_tokens,
          n_repeats,
          loops,
          ended,
          text,
        }),
      ),
    );
  },
});

/** Sample the lists of the other form. */
async function writeLists({
  study,
  model: { model, provider },
  otherForm: form,
  progress,
}: RobustnessContext) {
  const settings = { ...study, sampling: { ...study.sampling, samples: study.robustness.samples } };
  const cells = samplesByCell(
    { ...settings, sweep: { template: 'short', temperatures: [], samples: 1 } },
    form,
  );
  const total = cells.flat().length;
  const all: ReturnType<typeof listOf>[] = [];
  for (const samples of cells) {
    const prompts = samples.map(({ id, prompt }) => ({
      key: `${id} ${study.robustness.form}`,
      prompt,
    }));
    const answers = await generate(model, prompts, {
      provider,
      seed: study.seed,
      temperature: study.sampling.temperature,
      topP: study.sampling.topP,
      maxNewTokens: study.templates[samples[0]!.template].maxNewTokens,
      stopIds: form.stopIds,
      batchSize: study.batchSize * BATCH_FACTOR,
      onProgress: (done) => progress(all.length + done, total, 'lists'),
    });
    all.push(...samples.map((sample, i) => listOf(sample, answers[i]!, form)));
  }
  const rows = rowsOf(all);
  return { lists: rows.completions, itemsOf: groupByList(rows.items) };
}

/** The probability of the end after each item of each list. */
async function endsOf(
  context: RobustnessContext,
  lists: readonly ListRow[],
  itemsOf: ReadonlyMap<string, readonly ItemRow[]>,
): Promise<ItemEnd[][]> {
  const { study, otherForm: form } = context;
  const clean = await endProbabilities(context, lists, form);
  const hasSwap = (list: ListRow) => study.templates[list.template].qualifier !== undefined;
  const swappable = lists.filter(hasSwap);
  const readings = swappable.map((list) => ({
    ...list,
    token_ids: [...readingOf(list, 'corrupted', study.templates, form).ids],
  }));
  const swapped = await endProbabilities(context, readings, form);
  const swappedOf = new Map(swappable.map(({ sample_id }, i) => [sample_id, swapped[i]!]));
  return lists.map(({ sample_id }, i) =>
    (itemsOf.get(sample_id) ?? []).map(({ pos_last_token }) => ({
      p_end: clean[i]![pos_last_token]!,
      swapped: swappedOf.get(sample_id)?.[pos_last_token] ?? null,
    })),
  );
}

/** [list][position]: the probability of the event `end` of an item. */
async function endProbabilities(
  context: RobustnessContext,
  lists: readonly ListRow[],
  form: TokenForm,
): Promise<Float32Array[]> {
  const readings = lists.map(({ token_ids }) => ({ ids: token_ids }));
  const rows = await nextToken(readerOf(context), readings, { watch: [form.events.item.end] });
  return rows.map(({ probs }) => probs);
}

const formList = (
  form: string,
  { template, topic, n_items, ended, loops }: ListRow,
  ends: readonly ItemEnd[],
): FormList => ({
  form,
  template,
  topic,
  n_items,
  ended,
  loops,
  ends,
});

/** A list of the study's own form. @param rowsOf its rows of `entropy` at items */
function ownList(
  form: string,
  list: ListRow,
  rowsOf: ReadonlyMap<string, readonly { condition: string; item_index: number; p_end: number }[]>,
): FormList {
  const rows = rowsOf.get(list.sample_id) ?? [];
  const swapped = new Map(
    rows
      .filter(({ condition }) => condition === 'corrupted')
      .map((row) => [row.item_index, row.p_end]),
  );
  const ends = rows
    .filter(({ condition }) => condition === 'clean')
    .map(({ item_index, p_end }) => ({ p_end, swapped: swapped.get(item_index) ?? null }));
  return formList(form, list, ends);
}
