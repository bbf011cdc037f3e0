import { limitBatch } from '../graph/graph-use.ts';
import { forEachNextToken, nextTokenUse } from '../interp/next-token.ts';
import type { TokenForm } from '../lists/token-form.ts';
import { BATCH_FACTOR, generate } from '../runtime/generate.ts';
import { atGenerationBatch, generationUse } from '../runtime/generation-memory.ts';
import { completions } from '../schema/completions.ts';
import { entropy } from '../schema/entropy.ts';
import { robustness } from '../schema/robustness.ts';
import { robustnessLists } from '../schema/robustness-lists.ts';
import type { Row } from '../schema/table.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { type Context, defineStage } from './define.ts';
import { readingOf } from './entropy/reading.ts';
import { listCounts, longestList } from './extent.ts';
import { completionRow, listOf } from './generate/list-rows.ts';
import { samplesByCell } from './generate/samples.ts';
import { groupByList, type ListRow, listsAtTemperature } from './lists-by-id.ts';
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
    const lists = await writeLists(context);
    const ends = await endsOf(context, lists);
    const other = lists.map((list, i) => formList(study.robustness.form, list, ends[i]!));
    const ownEnds = await itemEnds(context);
    write(
      robustness,
      summarise([...own.map((list) => ownList(study.form, list, ownEnds)), ...other], study),
    );
  },
});

/** A list of the other form: what is left of it in memory once it is written. */
interface OtherList extends Omit<ListRow, 'text'> {
  /** Position of each item's last token. */
  readonly itemEnds: readonly number[];
}

/** Sample the lists of the other form, and write them. */
async function writeLists({
  study,
  model: { model, provider },
  otherForm: form,
  write,
  progress,
}: RobustnessContext): Promise<OtherList[]> {
  const settings = { ...study, sampling: { ...study.sampling, samples: study.robustness.samples } };
  const cells = samplesByCell(
    { ...settings, sweep: { template: 'short', temperatures: [], samples: 1 } },
    form,
  );
  const total = cells.flat().length;
  const all: OtherList[] = [];
  write(robustnessLists, []);
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
    samples.forEach((sample, i) => {
      const list = listOf(sample, answers[i]!, form);
      const { text, ...row } = completionRow(list);
      write(robustnessLists, [listRow({ ...row, text })]);
      all.push({ ...row, itemEnds: list.parsed.items.map(({ posLastToken }) => posLastToken) });
    });
  }
  return all;
}

const listRow = (list: ListRow): Row<typeof robustnessLists> => {
  const { sample_id, template, topic, n_items, n_tokens, n_repeats, loops, ended, text } = list;
  return { sample_id, template, topic, n_items, n_tokens, n_repeats, loops, ended, text };
};

/** The probability of the end after each item of each list. */
async function endsOf(
  context: RobustnessContext,
  lists: readonly OtherList[],
): Promise<ItemEnd[][]> {
  const { study, otherForm: form } = context;
  const clean = await endProbabilities(context, lists, form);
  const hasSwap = (list: OtherList) => study.templates[list.template].qualifier !== undefined;
  const swappable = lists.filter(hasSwap);
  const readings = swappable.map((list) => ({
    ...list,
    token_ids: [...readingOf({ ...list, text: '' }, 'corrupted', study.templates, form).ids],
  }));
  const swapped = await endProbabilities(context, readings, form);
  const swappedOf = new Map(swappable.map(({ sample_id }, i) => [sample_id, swapped[i]!]));
  return lists.map(({ sample_id }, i) =>
    [...clean[i]!].map((p_end, item) => ({
      p_end,
      swapped: swappedOf.get(sample_id)?.[item] ?? null,
    })),
  );
}

/** [list][item]: the probability of the event `end` of an item. */
async function endProbabilities(
  context: RobustnessContext,
  lists: readonly OtherList[],
  form: TokenForm,
): Promise<Float32Array[]> {
  const readings = lists.map(({ token_ids }) => ({ ids: token_ids }));
  const options = { watch: [form.events.item.end] };
  const found: Float32Array[] = [];
  await forEachNextToken(readerOf(context), readings, options, ({ probs }, i) => {
    found[i] = Float32Array.from(lists[i]!.itemEnds, (pos) => probs[pos]!);
  });
  return found;
}

/** The rows of `entropy` at the items of the study's own lists, as far as they are used. */
async function itemEnds({ readParts }: RobustnessContext) {
  const rows: OwnEnd[] = [];
  const keep = (part: readonly OwnEnd[]) => {
    for (const { sample_id, condition, item_index, p_end } of part)
      rows.push({ sample_id, condition, item_index, p_end });
  };
  await readParts(entropy, keep, "position_kind = 'item'");
  return groupByList(rows);
}

type OwnEnd = Pick<Row<typeof entropy>, 'sample_id' | 'condition' | 'item_index' | 'p_end'>;

const formList = (
  form: string,
  { template, topic, n_items, ended, loops }: Omit<ListRow, 'text'>,
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
  rowsOf: ReadonlyMap<string, readonly OwnEnd[]>,
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
