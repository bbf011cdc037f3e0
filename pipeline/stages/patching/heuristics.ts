import type { Heuristic, HeuristicRow } from '../../schema/layer-heuristics.ts';
import type { Compared } from '../../schema/patching-agreement.ts';
import { clusterRatio } from '../../stats/cluster-ratio.ts';
import type { Estimate, IntervalSettings } from '../../stats/estimate.ts';
import { keyedRandom } from '../../stats/random.ts';
import { allSets, countSets, evenlySpread, type LayerSets, randomLayers } from './layer-sets.ts';
import { type LayerScore, rankedLayers } from './rank-layers.ts';

/** A score of layers, and what reading it takes. */
export interface ScoredHeuristic {
  readonly heuristic: Exclude<Compared, 'estimate'> | 'patching';
  readonly score: LayerScore;
  readonly memory_mb: number;
  readonly seconds: number;
}

export interface HeuristicSetting {
  readonly layers: number;
  /** [list] */
  readonly topics: readonly string[];
  readonly sets: LayerSets;
  /** Memory that running a set of layers takes. */
  readonly setMemory: number;
  /** Whether the word has an effect that can be told from 0; without one no set is measured. */
  readonly hasEffect: boolean;
  readonly settings: IntervalSettings;
}

/** Numbers of layers that are chosen, where a model has more; also all of them. */
const SIZES = [1, 2, 3, 5];
/** Sets of layers drawn at random. */
const DRAWS = 10;
/** Most sets that are all measured to find the best. */
const MOST_SETS = 64;

/** Most sets that are measured, of which some may be the same. @param scored number of heuristics with a score */
export function mostSets(layers: number, scored: number): number {
  const sizes = sizesOf(layers);
  const ofSize = (n: number) => (countSets(layers, n) <= MOST_SETS ? countSets(layers, n) : 0);
  const greedy = Array.from({ length: Math.max(...sizes.slice(0, -1)) }, (_, i) => layers - i);
  const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
  return sizes.length * (scored + 3 + DRAWS) + sum(greedy) + sum(sizes.slice(0, -1).map(ofSize));
}

/** Numbers of layers that are chosen, in ascending order; the last is all of them. */
const sizesOf = (layers: number): number[] => [...SIZES.filter((n) => n < layers), layers];

/** The choices of every heuristic, each set measured by a forward pass of each list. */
export async function heuristicRows(
  setting: HeuristicSetting,
  scored: readonly ScoredHeuristic[],
): Promise<HeuristicRow[]> {
  const { layers, sets } = setting;
  const sizes = sizesOf(layers);
  const choices = [...scoredChoices(setting, scored, sizes), ...blindChoices(setting, sizes)];
  if (!setting.hasEffect)
    return choices.map((choice) => rowOf(choice, null, setting.topics.length));
  await sets.measure('chosen-layers', [[], ...choices.flatMap((choice) => choice.sets)]);
  choices.push(...(await greedyChoices(setting, sizes)), ...(await bestChoices(setting, sizes)));
  return choices.map((choice) => rowOf(choice, shareOf(setting, choice), setting.topics.length));
}

/** What a heuristic chooses: one set, or several whose mean is taken. */
interface Choice {
  readonly heuristic: Heuristic;
  readonly n: number;
  readonly sets: readonly (readonly number[])[];
  readonly memory_mb: number;
  readonly seconds: number;
}

function scoredChoices(
  { layers, topics }: HeuristicSetting,
  scored: readonly ScoredHeuristic[],
  sizes: readonly number[],
): Choice[] {
  return scored.flatMap(({ heuristic, score, memory_mb, seconds }) => {
    const ranked = rankedLayers(score([...topics.keys()]));
    return sizes
      .filter((n) => n <= ranked.length && n <= layers)
      .map((n) => ({ heuristic, n, sets: [ranked.slice(0, n)], memory_mb, seconds }));
  });
}

/** The choices that need nothing of the model but its number of layers. */
function blindChoices({ layers, settings }: HeuristicSetting, sizes: readonly number[]): Choice[] {
  const all = Array.from({ length: layers }, (_, layer) => layer);
  const free = { memory_mb: 0, seconds: 0 };
  return sizes.flatMap((n): Choice[] => {
    const random = keyedRandom(settings.seed, `random layers ${n}`);
    const draws = Array.from({ length: n < layers ? DRAWS : 1 }, () =>
      randomLayers(layers, n, random),
    );
    return [
      { heuristic: 'even', n, sets: [evenlySpread(layers, n)], ...free },
      { heuristic: 'first', n, sets: [all.slice(0, n)], ...free },
      { heuristic: 'last', n, sets: [all.slice(-n)], ...free },
      { heuristic: 'random', n, sets: draws, ...free },
    ];
  });
}

/** One layer after the other, each time the one with which the set's share is nearest to the whole. */
async function greedyChoices(
  { layers, sets, setMemory }: HeuristicSetting,
  sizes: readonly number[],
): Promise<Choice[]> {
  const most = Math.max(...sizes.filter((n) => n < layers));
  const choices: Choice[] = [];
  const tried: (readonly number[])[] = [];
  let chosen: readonly number[] = [];
  for (let n = 1; n <= most; n++) {
    const candidates = Array.from({ length: layers }, (_, layer) => layer)
      .filter((layer) => !chosen.includes(layer))
      .map((layer) => [...chosen, layer]);
    await sets.measure(`greedy-${n}`, candidates);
    tried.push(...candidates);
    chosen = sets.best(candidates);
    const cost = { memory_mb: setMemory, seconds: sets.seconds(tried) };
    if (sizes.includes(n)) choices.push({ heuristic: 'greedy', n, sets: [chosen], ...cost });
  }
  return choices;
}

/** The best of all sets, where these are few. */
async function bestChoices(
  { layers, sets, setMemory }: HeuristicSetting,
  sizes: readonly number[],
): Promise<Choice[]> {
  const choices: Choice[] = [];
  for (const n of sizes.filter((n) => n < layers && countSets(layers, n) <= MOST_SETS)) {
    const all = allSets(layers, n);
    await sets.measure(`all-sets-of-${n}`, all);
    const cost = { memory_mb: setMemory, seconds: sets.seconds(all) };
    choices.push({ heuristic: 'best', n, sets: [sets.best(all)], ...cost });
  }
  return choices;
}

function rowOf(
  { heuristic, n, sets, memory_mb, seconds }: Choice,
  share: Estimate | null,
  lists: number,
): HeuristicRow {
  return {
    heuristic,
    n_layers: n,
    layers: heuristic === 'random' ? [] : [...sets[0]!].sort((a, b) => a - b),
    faithfulness: share?.mean ?? null,
    ci_low: share?.ci_low ?? null,
    ci_high: share?.ci_high ?? null,
    n: lists,
    reason: share === null ? 'effect includes 0' : null,
    memory_mb: Math.round(memory_mb),
    seconds: Number(seconds.toFixed(2)),
  };
}

/** The share of a choice; of several sets, of their mean metric. */
function shareOf(
  { sets, topics, settings }: HeuristicSetting,
  { heuristic, n, ...choice }: Choice,
) {
  const base = sets.metrics([]);
  const metrics = choice.sets.map((set) => sets.metrics(set));
  const mean = (list: number) =>
    metrics.reduce((sum, ofSet) => sum + ofSet[list]!, 0) / metrics.length;
  return clusterRatio(
    {
      rows: [...topics.keys()],
      part: (list) => mean(list) - base[list]!,
      whole: (list) => sets.source[list]! - base[list]!,
      cluster: (list) => topics[list],
    },
    `layers ${heuristic} ${n}`,
    settings,
  );
}
