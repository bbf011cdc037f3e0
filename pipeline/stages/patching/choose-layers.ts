import { swapLayerOutputs } from '../../interp/patching/swap-outputs.ts';
import type { HeuristicRow } from '../../schema/layer-heuristics.ts';
import type { AgreementRow } from '../../schema/patching-agreement.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { type OtherScore, scoreRow } from './agreement.ts';
import { heuristicRows, type ScoredHeuristic } from './heuristics.ts';
import { LayerSets } from './layer-sets.ts';
import { type PatchedList, pairOf } from './lists.ts';
import { meanScore, movementScore, shareScore } from './rank-layers.ts';
import type { PatchContext } from './run-patches.ts';
import { type ReadScores, timed } from './scores.ts';
import type { PatchEffect } from './shares.ts';

export interface ChoiceSetting extends PatchContext {
  readonly lists: readonly PatchedList[];
  /** Of residual patching, every kind of position after every layer, noising. */
  readonly patching: { readonly effects: readonly PatchEffect[]; readonly seconds: number };
  readonly scores: ReadScores;
  /** MB that the graphs of each way of reading take. */
  readonly memory: Readonly<
    Record<'patching' | 'sets' | 'attribution_patching' | 'lens' | 'attribution', number>
  >;
  /** Whether the word has an effect that can be told from 0. */
  readonly hasEffect: boolean;
  readonly settings: IntervalSettings;
}

/** Choose layers by every heuristic, measure what they carry, and compare the heuristics' scores with patching's. */
export async function chooseLayers(setting: ChoiceSetting): Promise<{
  readonly heuristics: HeuristicRow[];
  readonly agreement: AgreementRow[];
}> {
  const { lists, patching, memory, hasEffect, settings } = setting;
  const { nLayers: layers } = setting.reader.model.dims;
  const topics = lists.map(({ list }) => list.topic);
  const sets = new LayerSets((wanted) => runSets(setting, wanted), setting.keep);
  const single = hasEffect ? [await singleLayers(setting, sets)] : [];
  const scored: OtherScore[] = [...single, ...readScored(setting)];
  const own: ScoredHeuristic = {
    heuristic: 'patching',
    score: movementScore(patching.effects),
    memory_mb: memory.patching,
    seconds: patching.seconds,
  };
  const choice = { layers, topics, sets, setMemory: memory.sets, hasEffect, settings };
  return {
    heuristics: await heuristicRows(choice, [own, ...scored]),
    agreement: scored.map((other) => scoreRow(other, patching.effects, { topics, settings })),
  };
}

async function runSets(
  { reader, pair, lists, onRuns }: ChoiceSetting,
  sets: readonly (readonly number[])[],
) {
  const pairs = lists.map((list) => pairOf(list, 'noising'));
  const { result, seconds } = await timed(() =>
    swapLayerOutputs(reader, pairs, sets, { pair, onRuns }),
  );
  return {
    metrics: sets.map((_, set) => result.map(({ metrics }) => metrics[set]!)),
    source: result.map(({ source }) => source),
    seconds,
  };
}

/** Each layer's share alone. */
async function singleLayers(
  { reader, lists, memory }: ChoiceSetting,
  sets: LayerSets,
): Promise<OtherScore> {
  const single = Array.from({ length: reader.model.dims.nLayers }, (_, layer) => [layer]);
  await sets.measure('single-layers', [[], ...single]);
  const base = sets.metrics([]);
  const moved = lists.map((_, list) => single.map((set) => sets.metrics(set)[list]! - base[list]!));
  const whole = lists.map((_, list) => sets.source[list]! - base[list]!);
  return {
    heuristic: 'single_layer',
    score: shareScore(moved, whole),
    memory_mb: memory.sets,
    seconds: sets.seconds(single),
  };
}

/** The heuristics by scores that are read without running sets of layers. */
function readScored({ scores, memory, lists, patching }: ChoiceSetting): OtherScore[] {
  const whole = lists.map(
    (_, list) => patching.effects.find((effect) => effect.list === list)!.whole,
  );
  const { attribution_patching: estimated, attribution, contribution, lens } = scores;
  return [
    {
      heuristic: 'attribution_patching',
      score: shareScore(estimated.byList, whole),
      memory_mb: memory.attribution_patching,
      seconds: estimated.seconds,
    },
    ...(attribution === null
      ? []
      : [
          {
            heuristic: 'attribution' as const,
            score: meanScore(attribution),
            memory_mb: memory.attribution,
            seconds: attribution.seconds,
          },
        ]),
    {
      heuristic: 'contribution',
      score: meanScore(contribution),
      memory_mb: memory.lens,
      seconds: contribution.seconds,
    },
    { heuristic: 'lens', score: meanScore(lens), memory_mb: memory.lens, seconds: lens.seconds },
  ];
}
