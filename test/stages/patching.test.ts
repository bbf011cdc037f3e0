import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PatchRow } from '../../pipeline/interp/patching/patch-residuals.ts';
import type { PatchedKind } from '../../pipeline/schema/patching-columns.ts';
import { estimateRows, scoreRow } from '../../pipeline/stages/patching/agreement.ts';
import { heuristicRows, mostSets } from '../../pipeline/stages/patching/heuristics.ts';
import {
  allSets,
  countSets,
  evenlySpread,
  LayerSets,
  randomLayers,
} from '../../pipeline/stages/patching/layer-sets.ts';
import type { PatchedList } from '../../pipeline/stages/patching/lists.ts';
import { groupPlaces, mapPlaces } from '../../pipeline/stages/patching/places.ts';
import {
  meanScore,
  movementScore,
  rankedLayers,
} from '../../pipeline/stages/patching/rank-layers.ts';
import { effectsOf, groupRows, type PatchEffect } from '../../pipeline/stages/patching/shares.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { tokenizer } from '../miniature/miniature.ts';
import { listRow } from './lists.ts';

const SETTINGS = { seed: 1, bootstrap: { resamples: 200, confidence: 0.9 } };

const range = (from: number, end: number): number[] =>
  Array.from({ length: end - from }, (_, i) => from + i);

/** A list of five items of two tokens each, with its marker and newline, after a prompt with the word at 3. */
function listAbout(topic: string, items = 5): PatchedList {
  const prompt = tokenizer.encode(
    `<bos>Provide me with a short list of ${topic}. Just provide the names.\n-`,
  );
  const listStart = prompt.length - 1;
  const itemStarts = range(0, items).map((i) => listStart + 4 * i);
  return {
    list: listRow(topic, 0, { token_ids: [...prompt, ...new Array<number>(4 * items).fill(5)] }),
    swappedIds: [],
    word: prompt.indexOf(tokenizer.id(' short')),
    listStart,
    itemStarts,
    metricPositions: itemStarts.map((start) => start + 2),
  };
}

test('kinds of positions are all from the word to where the metric is read', () => {
  const list = listAbout('Colors');
  const places = groupPlaces(list);
  assert.deepEqual(
    places.map(({ region }) => region),
    ['word', 'prompt', 'list'],
  );
  assert.deepEqual(
    places.flatMap(({ positions }) => positions),
    range(list.word, list.metricPositions.at(-1)! + 1),
  );
  assert.equal(places[2]!.positions[0], list.listStart);
});

test('the map has a place for each token that all prompts share, one for the topic, and items by their distance from the last', () => {
  const lists = [listAbout('Colors'), listAbout('Types of Trees', 2)];
  const [short, long] = mapPlaces(lists, tokenizer);
  for (const [i, places] of [short!, long!].entries())
    assert.deepEqual(
      places.flatMap(({ positions }) => positions).sort((a, b) => a - b),
      range(lists[i]!.word, lists[i]!.metricPositions.at(-1)! + 1),
    );
  const labels = short!.map(({ label }) => label);
  assert.equal(labels[0], 'the word');
  assert.ok(labels.includes('word + 1: ␣list') && labels.includes('list − 1: ↵'));
  assert.equal(new Set(labels).size, labels.length);
  const topic = (places: typeof short) => places!.find(({ label }) => label === 'the topic')!;
  assert.ok(topic(long).positions.length > topic(short).positions.length);
  const placeOf = (places: typeof short) => new Map(places!.map((p) => [p.label, p.place]));
  for (const [label, place] of placeOf(long)) assert.equal(placeOf(short).get(label), place, label);
  // Two items: none before those.
  const onlyShort = labels.filter((label) => !placeOf(long).has(label));
  assert.deepEqual(onlyShort, [
    'earlier items',
    '3 before the last item',
    '2 before the last item',
  ]);
  assert.equal(short!.at(-1)!.positions[0], lists[0]!.metricPositions.at(-1));
});

const THREE_LISTS = [
  { topic: 'Colors', scale: 1 },
  { topic: 'Colors', scale: 2 },
  { topic: 'Ocean', scale: 3 },
];

/** Effects of patching lists, by layer: what each kind of position moves, of −2 times the list's scale in all. */
function effectsByLayer(
  moved: readonly Record<PatchedKind, number>[],
  lists = THREE_LISTS,
): PatchEffect[] {
  const places = groupPlaces(listAbout('Colors'));
  const row = (scale: number): PatchRow => ({
    base: [0, 1],
    source: [0, 1 - 2 * scale],
    patches: moved.flatMap((of, layer) =>
      places.map(({ region }, place) => ({
        layer,
        place,
        patched: [0, 1 + of[region] * scale],
        estimate: (of[region] * scale) / 2,
      })),
    ),
  });
  return effectsOf(
    lists.map(({ scale }) => row(scale)),
    lists.map(({ topic }) => topic),
    lists.map(() => places),
  );
}

const MOVED = [
  { word: -2, prompt: 0, list: 0 },
  { word: -1.8, prompt: -0.2, list: 0 },
  { word: 0, prompt: -0.4, list: -1.6 },
];

test('a share is a ratio of means; where the effect includes 0 there is none, and the reason', () => {
  const lists = range(0, 8).map((i) => ({ topic: `topic ${i}`, scale: i % 2 === 0 ? 1.9 : 2.1 }));
  const rows = groupRows(effectsByLayer(MOVED, lists), 'noising', SETTINGS);
  assert.equal(rows.length, 9);
  const row = rows.find(({ layer, position_kind }) => layer === 2 && position_kind === 'list')!;
  for (const [name, expected] of [
    ['share', 0.8],
    ['estimated_share', 0.4],
    ['share_all_items', 0.8],
    ['effect', -4],
  ] as const)
    assert.ok(Math.abs(row[name]! - expected) < 1e-9, `${name} ${row[name]}`);
  assert.deepEqual([row.reason, row.n], [null, 8]);
  const both = effectsByLayer(MOVED, lists).map((effect, i) =>
    i % 2 === 0 ? { ...effect, whole: -effect.whole } : effect,
  );
  for (const none of groupRows(both, 'noising', SETTINGS))
    assert.deepEqual(
      [none.share, none.ci_low, none.estimated_share, none.reason],
      [null, null, null, 'effect includes 0'],
    );
});

test('layers are ranked by how far the effect moves, and without a score not at all', () => {
  const moved = movementScore(effectsByLayer(MOVED))([0, 1, 2]);
  [0, 0.1, 0.9].forEach((expected, layer) => {
    assert.ok(Math.abs(moved[layer]! - expected) < 1e-9, `layer ${layer}: ${moved[layer]}`);
  });
  assert.deepEqual(rankedLayers(moved), [2, 1, 0]);
  const score = meanScore({
    byList: [
      [1, null, 5],
      [3, null, 1],
    ],
  });
  assert.deepEqual(score([0, 1]), [2, null, 3]);
  assert.deepEqual(score([1, 1]), [3, null, 1]);
  assert.deepEqual(rankedLayers(score([0, 1])), [2, 0]);
});

test('agreement: the estimate’s ranks are those measured, and a score’s are compared layer by layer', () => {
  const effects = effectsByLayer(MOVED);
  const setting = { topics: ['Colors', 'Colors', 'Ocean'], settings: SETTINGS };
  for (const row of estimateRows({ noising: effects, denoising: effects }, setting))
    assert.deepEqual([row.rank_correlation, row.n_pairs, row.shared_top], [1, 9, null]);
  const other = {
    heuristic: 'lens' as const,
    memory_mb: 0,
    seconds: 0,
    score: meanScore({
      byList: [
        [9, 5, 1],
        [9, 5, 1],
        [9, 5, 1],
      ],
    }),
  };
  const opposite = scoreRow(other, effects, setting);
  assert.deepEqual([opposite.rank_correlation, opposite.n_pairs], [-1, 3]);
});

test('sets of layers: all of a size, evenly spread, at random', () => {
  assert.deepEqual(allSets(4, 2), [
    [0, 1],
    [0, 2],
    [1, 2],
    [0, 3],
    [1, 3],
    [2, 3],
  ]);
  for (const [layers, n] of [
    [6, 3],
    [30, 2],
    [5, 5],
  ] as const)
    assert.equal(allSets(layers, n).length, countSets(layers, n));
  assert.deepEqual(evenlySpread(6, 2), [1, 4]);
  assert.deepEqual(evenlySpread(30, 1), [15]);
  assert.deepEqual(evenlySpread(4, 4), [0, 1, 2, 3]);
  const random = keyedRandom(1, 'layers');
  for (const n of [1, 3, 5]) {
    const drawn = randomLayers(5, n, random);
    assert.equal(new Set(drawn).size, n);
    assert.ok(drawn.every((layer) => layer >= 0 && layer < 5));
  }
});

/** Layers that carry shares which add up, of an effect of −1 in each of two lists. */
function addedShares(shares: readonly number[]) {
  const runs: string[] = [];
  const sets = new LayerSets(
    async (wanted) => {
      runs.push(...wanted.map((set) => set.join(' ')));
      const metric = (set: readonly number[]) =>
        -set.reduce((sum, layer) => sum + shares[layer]!, 0);
      return {
        metrics: wanted.map((set) => [metric(set), metric(set)]),
        source: [-1, -1],
        seconds: 1,
      };
    },
    (_, work) => work(),
  );
  return { sets, runs };
}

test('heuristics choose the layers that they say, the searches the best ones, and each set is run once', async () => {
  const { sets, runs } = addedShares([0.1, 0.5, -0.3, 0.4, 0.2, 0.1]);
  const setting = {
    layers: 6,
    topics: ['Colors', 'Ocean'],
    sets,
    setMemory: 50,
    hasEffect: true,
    settings: SETTINGS,
  };
  const lens = {
    heuristic: 'lens' as const,
    memory_mb: 10,
    seconds: 2,
    score: meanScore({
      byList: [
        [0, 1, 5, 4, 3, 2],
        [0, 1, 5, 4, 3, 2],
      ],
    }),
  };
  const rows = await heuristicRows(setting, [lens]);
  const found = (heuristic: string, n: number) => {
    const row = rows.find((each) => each.heuristic === heuristic && each.n_layers === n)!;
    return [row.layers.join(' '), Number(row.faithfulness!.toFixed(6))];
  };
  assert.deepEqual(found('lens', 2), ['2 3', 0.1]);
  assert.deepEqual(found('first', 2), ['0 1', 0.6]);
  assert.deepEqual(found('last', 3), ['3 4 5', 0.7]);
  assert.deepEqual(found('even', 2), ['1 4', 0.7]);
  assert.deepEqual(found('greedy', 2), ['1 3', 0.9]);
  assert.deepEqual(found('best', 3), ['0 1 3', 1]);
  for (const { n_layers, faithfulness, heuristic } of rows)
    if (n_layers === 6) assert.ok(Math.abs(faithfulness! - 1) < 1e-9, heuristic);
  assert.equal(new Set(runs).size, runs.length);
  assert.ok(runs.length <= mostSets(6, 1));
  const cost = (heuristic: string) => rows.find((row) => row.heuristic === heuristic)!;
  assert.deepEqual([cost('lens').memory_mb, cost('lens').seconds], [10, 2]);
  assert.deepEqual([cost('first').memory_mb, cost('first').seconds], [0, 0]);
  assert.ok(cost('best').seconds > 0);
});

test('without an effect no set is run, and there is no faithfulness, but the choice', async () => {
  const { sets, runs } = addedShares([0.5, 0.5]);
  const rows = await heuristicRows(
    { layers: 2, topics: ['Colors'], sets, setMemory: 50, hasEffect: false, settings: SETTINGS },
    [],
  );
  assert.deepEqual(runs, []);
  for (const row of rows)
    assert.deepEqual([row.faithfulness, row.reason], [null, 'effect includes 0']);
  assert.deepEqual(rows.find(({ heuristic }) => heuristic === 'last')!.layers, [1]);
});
