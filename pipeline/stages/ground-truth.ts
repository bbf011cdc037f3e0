import { countRepeats, normalizeItem, parseList } from '../lists/parse-list.ts';
import type { TokenForm } from '../lists/token-form.ts';
import type { GeneratingProcess } from '../miniature/generating-process.ts';
import { completions } from '../schema/completions.ts';
import { entropy } from '../schema/entropy.ts';
import { items } from '../schema/items.ts';
import { processCheck, type Quantity } from '../schema/process-check.ts';
import type { Row } from '../schema/table.ts';
import { TEMPLATES, type TemplateName } from '../schema/templates.ts';
import { tokenEntropy } from '../schema/token-entropy.ts';
import { clusterMean, type IntervalSettings } from '../stats/cluster-mean.ts';
import { keyedRandom } from '../stats/random.ts';
import type { Settings } from '../study/study.ts';
import { defineStage } from './define.ts';
import {
  groupByList,
  type ItemRow,
  type ListRow,
  listsAtTemperature,
  listsById,
} from './lists-by-id.ts';

type Bounds = readonly [low: number | null, high: number | null];

/** What the miniature is meant to show, with the sampling of the study. */
const TARGETS: Readonly<Record<Quantity, Readonly<Partial<Record<TemplateName, Bounds>>>>> = {
  items_per_list: { short: [4, 6], plain: [8.5, 11.5], long: [27, 33] },
  blank_after_last: { short: [0.85, null], long: [null, 0.1] },
  lists_with_repeats: { short: [null, 0.01], long: [null, 0.15] },
  items_off_topic: { short: [null, 0.005], plain: [null, 0.005], long: [null, 0.005] },
  entropy_rise: { short: [0, null] },
  entropy_last_rise_corrupted: { short: [0, null] },
  kl: { short: [null, 0.01], plain: [null, 0.01], long: [null, 0.01] },
};

/** One value of one list, item or token. */
interface Observation {
  readonly quantity: Quantity;
  readonly template: TemplateName;
  readonly topic: string;
  readonly value: number;
}

/** A list, whoever wrote it. */
interface WrittenList {
  readonly template: TemplateName;
  readonly topic: string;
  readonly names: readonly string[];
  readonly blankAfterLast: boolean;
}

/** TokenForm of the process for each topic and template. */
const PROCESS_LISTS = 20;

/** Set the miniature beside the process that wrote its corpus: the same quantities of both. */
export const groundTruthStage = defineStage({
  name: 'ground-truth',
  source: import.meta.url,
  settings: ['seed', 'topics', 'sampling', 'bootstrap'],
  needs: ['form', 'process'],
  reads: [completions, items, entropy, tokenEntropy],
  writes: [processCheck],

  async run({ study, form, process, read, write, progress }) {
    const lists = listsAtTemperature(await read(completions), study.sampling.temperature);
    const byId = listsById(lists);
    const observeList = listObserver(process);
    const entropies = await read(entropy);
    const kl = observeKl(await read(tokenEntropy), byId);
    const written = processLists(study, { process, form }, progress);
    const measured = [
      ...writtenLists(lists, await read(items)).flatMap(observeList),
      ...observeEntropy(entropies, byId, 'entropy'),
      ...kl,
    ];
    const expected = [
      ...written.flatMap(observeList),
      ...observeEntropy(entropies, byId, 'true_entropy'),
      ...kl.map((observation) => ({ ...observation, value: 0 })),
    ];
    write(processCheck, compare(measured, expected, study));
  },
});

type EntropyColumn = 'entropy' | 'true_entropy';

function writtenLists(lists: readonly ListRow[], rows: readonly ItemRow[]): WrittenList[] {
  const itemsOf = groupByList(rows);
  return lists.map(({ sample_id, template, topic }) => {
    const own = itemsOf.get(sample_id) ?? [];
    const names = own.map(({ text }) => text);
    return { template, topic, names, blankAfterLast: own.at(-1)?.blank_after ?? false };
  });
}

function processLists(
  { seed, topics, sampling }: Pick<Settings, 'seed' | 'topics' | 'sampling'>,
  { process, form }: { readonly process: GeneratingProcess; readonly form: TokenForm },
  progress: (done: number, total: number, unit: string) => void,
): WrittenList[] {
  const one = (template: TemplateName, topic: string, i: number): WrittenList => {
    const random = keyedRandom(seed, `process ${template} ${topic} ${i}`);
    const ids = process.write({ topic, qualifier: template }, random, sampling);
    return { template, topic, ...namesIn(ids, form) };
  };
  return topics.flatMap((topic, done) => {
    progress(done + 1, topics.length, 'topics');
    return TEMPLATES.flatMap((template) =>
      Array.from({ length: PROCESS_LISTS }, (_, i) => one(template, topic, i)),
    );
  });
}

/** @param answer the tokens after the opening */
function namesIn(
  answer: readonly number[],
  { shape, tokenizer }: TokenForm,
): Pick<WrittenList, 'names' | 'blankAfterLast'> {
  const tokens = [shape.opening, ...answer.map(tokenizer.token)];
  const { items } = parseList(tokens, { marker: shape.marker, answerStart: 0, ended: true });
  const names = items.map(({ posFirstToken, posLastToken }) =>
    tokens
      .slice(posFirstToken, posLastToken + 1)
      .join('')
      .trim(),
  );
  return { names, blankAfterLast: items.at(-1)?.blankAfter ?? false };
}

const listObserver =
  ({ topics }: GeneratingProcess) =>
  ({ template, topic, names, blankAfterLast }: WrittenList): Observation[] => {
    const known = new Set(topics[topic]?.map(normalizeItem));
    const offTopic = names.map((name) => Number(!known.has(normalizeItem(name))));
    return [
      { quantity: 'items_per_list', template, topic, value: names.length },
      { quantity: 'blank_after_last', template, topic, value: Number(blankAfterLast) },
      { quantity: 'lists_with_repeats', template, topic, value: Number(countRepeats(names) > 0) },
      ...offTopic.map(
        (value) => ({ quantity: 'items_off_topic', template, topic, value }) as const,
      ),
    ];
  };

/**
 * For each short list, how much further open its last item is than its first, and, where the prompt now asks
 * for a long list, than the mean of all before it.
 */
function observeEntropy(
  rows: readonly Row<typeof entropy>[],
  lists: ReadonlyMap<string, ListRow>,
  column: EntropyColumn,
): Observation[] {
  const atItems = rows.filter(({ position_kind }) => position_kind === 'item');
  const readings = Map.groupBy(atItems, ({ sample_id, condition }) => `${sample_id} ${condition}`);
  return [...readings.values()].flatMap((reading) => {
    const { template, topic } = lists.get(reading[0]!.sample_id)!;
    const values = reading.flatMap((row) => row[column] ?? []);
    if (template !== 'short' || values.length < 2) return [];
    const last = values.at(-1)!;
    const before = values.slice(0, -1);
    const mean = before.reduce((a, b) => a + b, 0) / before.length;
    const [quantity, value] =
      reading[0]!.condition === 'clean'
        ? (['entropy_rise', last - before[0]!] as const)
        : (['entropy_last_rise_corrupted', last - mean] as const);
    return [{ quantity, template, topic, value }];
  });
}

/** Of every token that the process could have written. */
const observeKl = (
  rows: readonly Row<typeof tokenEntropy>[],
  lists: ReadonlyMap<string, ListRow>,
): Observation[] =>
  rows.flatMap(({ sample_id, kl }) => {
    const list = lists.get(sample_id);
    return list === undefined || kl === null
      ? []
      : [{ quantity: 'kl', template: list.template, topic: list.topic, value: kl } as const];
  });

function compare(
  measured: readonly Observation[],
  process: readonly Observation[],
  settings: IntervalSettings,
): Row<typeof processCheck>[] {
  const keyOf = ({ quantity, template }: Observation) => `${quantity} ${template}`;
  const expected = Map.groupBy(process, keyOf);
  return [...Map.groupBy(measured, keyOf)].map(([key, group]) => {
    const { quantity, template } = group[0]!;
    const [low, high] = TARGETS[quantity][template] ?? [null, null];
    const { mean, ...interval } = clusterMean(
      { rows: group, value: ({ value }) => value, cluster: ({ topic }) => topic },
      `ground truth ${key}`,
      settings,
    );
    const within = (low ?? -Infinity) <= mean && mean <= (high ?? Infinity);
    return {
      quantity,
      template,
      process: meanOf(valuesOf(expected.get(key) ?? [])),
      measured: mean,
      ...interval,
      target_low: low,
      target_high: high,
      met: low === null && high === null ? null : within,
    };
  });
}

const valuesOf = (group: readonly Observation[]): number[] => group.map(({ value }) => value);
const meanOf = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;
