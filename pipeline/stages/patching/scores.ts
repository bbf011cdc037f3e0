import { attributeSaes } from '../../interp/attribution/attribute-saes.ts';
import { logitLens } from '../../interp/logit-lens.ts';
import type { TokenPair } from '../../interp/patching/logit-diff-at.ts';
import { readPairs } from '../../interp/patching/read-pairs.ts';
import { outputHooks } from '../../interp/patching/swap-outputs.ts';
import type { Reader } from '../../interp/reader.ts';
import type { SaeFile } from '../../sae/sae.ts';
import { type PatchedList, pairOf } from './lists.ts';

/** Something read of every list and layer, and the seconds that reading it took. */
export interface TimedScores {
  /** [list][layer]; null where a layer has no SAE. */
  readonly byList: readonly (readonly (number | null)[])[];
  readonly seconds: number;
}

/** The scores of layers that need no set of layers to be run. */
export interface ReadScores {
  /** By how much the metric changes, to first order, with the outputs of the layer's attention and MLP swapped. */
  readonly attribution_patching: TimedScores;
  /** The size of what its attention and MLP add to the logit difference directly (direct logit attribution). */
  readonly contribution: TimedScores;
  /** The size of the change of the logit lens from the layer before. */
  readonly lens: TimedScores;
  /** The size of the attribution to all features of its SAEs, summed over these; null for a study without SAEs. */
  readonly attribution: TimedScores | null;
}

/** Score every layer for every list, at its last item. */
export async function readScores(
  reader: Reader,
  lists: readonly PatchedList[],
  saes: readonly SaeFile[],
  pair: TokenPair,
): Promise<ReadScores> {
  const lens = await timed(() => lensScores(reader, lists, pair));
  return {
    attribution_patching: await timedScores(() => attributionPatching(reader, lists, pair)),
    contribution: { byList: lens.result.contribution, seconds: lens.seconds },
    lens: { byList: lens.result.lens, seconds: lens.seconds },
    attribution:
      saes.length === 0 ? null : await timedScores(() => saeScores(reader, lists, saes, pair)),
  };
}

/** Run some work, and measure how long it takes. */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const start = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - start) / 1000 };
}

async function timedScores(read: () => Promise<TimedScores['byList']>): Promise<TimedScores> {
  const { result, seconds } = await timed(read);
  return { byList: result, seconds };
}

async function attributionPatching(
  reader: Reader,
  lists: readonly PatchedList[],
  pair: TokenPair,
): Promise<number[][]> {
  const { nLayers } = reader.model.dims;
  const hooks = layersOf(nLayers).flatMap(outputHooks);
  const pairs = lists.map((list) => pairOf(list, 'noising'));
  const rows = await readPairs(reader, pairs, { hooks, pair });
  return rows.map(({ estimates }) =>
    layersOf(nLayers).map((layer) => sum(estimates[2 * layer]!) + sum(estimates[2 * layer + 1]!)),
  );
}

async function lensScores(reader: Reader, lists: readonly PatchedList[], pair: TokenPair) {
  const readings = lists.map(({ list, metricPositions }) => ({
    ids: list.token_ids.slice(0, metricPositions.at(-1)! + 1),
    positions: metricPositions.slice(-1),
    pairs: [pair],
  }));
  const rows = await logitLens(reader, readings);
  const layers = layersOf(reader.model.dims.nLayers);
  return {
    lens: rows.map(({ capped }) =>
      layers.map((layer) => Math.abs(capped[layer + 1]! - capped[layer]!)),
    ),
    contribution: rows.map(({ contributions }) =>
      layers.map((layer) =>
        Math.abs(contributions[1 + 2 * layer]! + contributions[2 + 2 * layer]!),
      ),
    ),
  };
}

async function saeScores(
  reader: Reader,
  lists: readonly PatchedList[],
  saes: readonly SaeFile[],
  pair: TokenPair,
): Promise<(number | null)[][]> {
  const readings = lists.map(({ list, metricPositions, listStart }) => {
    const metricPos = metricPositions.at(-1)!;
    const ids = list.token_ids.slice(0, metricPos + 1);
    return { ids, metricPos, pair, lengths: { prompt: listStart + 1, prefix: ids.length } };
  });
  const scores = lists.map(() => new Array<number | null>(reader.model.dims.nLayers).fill(null));
  await attributeSaes(reader, saes, [{ path: 'zero', readings }], {
    top: 1,
    topOfPart: 1,
    onRows: ({ sae, first, rows }) => {
      for (const [i, { featureSums }] of rows.entries()) {
        const ofList = scores[first + i]!;
        ofList[sae.layer] = (ofList[sae.layer] ?? 0) + Math.abs(sum(featureSums));
      }
    },
  });
  return scores;
}

const layersOf = (n: number): number[] => Array.from({ length: n }, (_, layer) => layer);

const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);
