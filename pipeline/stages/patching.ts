import { attributionUses } from '../interp/attribution/attribute-saes.ts';
import { lensUse } from '../interp/logit-lens.ts';
import { patchingUses } from '../interp/patching/patch-residuals.ts';
import { pairsUse } from '../interp/patching/read-pairs.ts';
import { outputHooks, swapOutputsUse } from '../interp/patching/swap-outputs.ts';
import { mappedPair } from '../lists/proxies.ts';
import type { Model } from '../models/model.ts';
import type { SaeSpec } from '../sae/sae.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { layerHeuristics } from '../schema/layer-heuristics.ts';
import { patching } from '../schema/patching.ts';
import { patchingAgreement } from '../schema/patching-agreement.ts';
import { patchingMap } from '../schema/patching-map.ts';
import { type Context, defineStage } from './define.ts';
import { listCounts, longestOf, mostItems } from './extent.ts';
import { groupByList, listsAtTemperature } from './lists-by-id.ts';
import { estimateRows } from './patching/agreement.ts';
import { chooseLayers } from './patching/choose-layers.ts';
import { plannedMemory } from './patching/costs.ts';
import { mostSets } from './patching/heuristics.ts';
import { type PatchedList, patchedLists } from './patching/lists.ts';
import { groupPlaces, mapPlaces, type Place } from './patching/places.ts';
import {
  collectPatches,
  type PatchContext,
  type PatchPlan,
  piecesOf,
  runPatches,
  runPiece,
  runsOf,
} from './patching/run-patches.ts';
import { readScores } from './patching/scores.ts';
import { groupRows, startMap } from './patching/shares.ts';
import { readerOf } from './reader.ts';

const SETTINGS = ['seed', 'batchSize', 'templates', 'sampling', 'patching', 'bootstrap'] as const;

type PatchingContext = Context<(typeof SETTINGS)[number], 'model' | 'form', 'saes'>;

/**
 * Where does the prompt's qualifier act, and which layers carry its effect? The same list is read after its own prompt and
 * with the qualifier swapped: the same tokens but one, so that positions match.
 *
 * 1. Patch the residual stream from one run into the other after each layer: at the word, in the rest of the prompt, in
 *    the list; and, for a map, at every place that the lists share. Beside each, its first-order estimate.
 * 2. Choose layers by several heuristics, and measure what the outputs of the chosen layers carry over.
 * 3. Compare the heuristics' scores of layers with where patching sees the effect move.
 */
export const patchingStage = defineStage({
  name: 'patching',
  source: import.meta.url,
  settings: SETTINGS,
  needs: ['model', 'form'],
  uses: ['saes'],
  reads: [completions, items],
  writes: [patching, patchingMap, patchingAgreement, layerHeuristics],
  divided: 'lists, in both directions',

  graphs: ({ study, model, saes, longest, lists }) => {
    const { template } = study.patching;
    const tokens = longestOf([template], longest);
    const uses = usesOf(model, saes, { tokens, sequences: listCounts([template], lists).all });
    return Object.values(uses).flat();
  },

  async run(context) {
    const { study, read, write, divide } = context;
    const all = listsAtTemperature(await read(completions), study.sampling.temperature);
    const itemsOf = groupByList(await read(items));
    const lists = patchedLists(all, itemsOf, study, context.form);
    if (lists.length === 0) {
      for (const table of [patching, patchingMap, patchingAgreement, layerHeuristics])
        write(table, []);
      return;
    }
    const plans = plansOf(context, lists);
    const patchContext = contextOf(context, plans, lists.length);
    const scores = () =>
      patchContext.keep('scores', () =>
        readScores(patchContext.reader, lists, context.saes ?? [], patchContext.pair),
      );
    await divide([null, ...Object.values(plans).flatMap(piecesOf)], async (own) => {
      for (const piece of own) await (piece === null ? scores() : runPiece(patchContext, piece));
    });
    const noising = await collectPatches(patchContext, plans.noising);
    const denoising = await collectPatches(patchContext, plans.denoising);
    const maps = [startMap('noising'), startMap('denoising')] as const;
    await runPatches(patchContext, plans.mapNoising, maps[0].add);
    await runPatches(patchContext, plans.mapDenoising, maps[1].add);
    const rows = groupRows(noising.effects, 'noising', study);
    write(patching, [...rows, ...groupRows(denoising.effects, 'denoising', study)]);
    write(
      patchingMap,
      maps.flatMap((map) => map.rows(study)),
    );
    const chosen = await chooseLayers({
      ...patchContext,
      lists,
      patching: noising,
      scores: await scores(),
      memory: memoryOf(context, lists),
      hasEffect: rows.some(({ share }) => share !== null),
      settings: study,
    });
    const effects = { noising: noising.effects, denoising: denoising.effects };
    const setting = { topics: lists.map(({ list }) => list.topic), settings: study };
    write(patchingAgreement, [...estimateRows(effects, setting), ...chosen.agreement]);
    write(layerHeuristics, chosen.heuristics);
  },
});

/** The kinds of positions after every layer and the map after the study's layers, in both directions. */
function plansOf(
  { study, form, model: { model } }: PatchingContext,
  lists: readonly PatchedList[],
) {
  const layers = Array.from({ length: model.dims.nLayers }, (_, layer) => layer);
  const plan = (
    name: string,
    direction: PatchPlan['direction'],
    places: readonly (readonly Place[])[],
  ): PatchPlan => ({
    name,
    direction,
    lists,
    places,
    layers: name === 'map' ? (study.patching.layers ?? layers) : layers,
  });
  const [kinds, places] = [lists.map(groupPlaces), mapPlaces(lists, form.tokenizer)];
  return {
    noising: plan('kinds', 'noising', kinds),
    denoising: plan('kinds', 'denoising', kinds),
    mapNoising: plan('map', 'noising', places),
    mapDenoising: plan('map', 'denoising', places),
  };
}

/** What every patch needs, with one progress of all patched runs and all sets of layers. */
function contextOf(
  context: PatchingContext,
  plans: ReturnType<typeof plansOf>,
  nLists: number,
): PatchContext {
  const { keep, progress, form } = context;
  const reader = readerOf(context);
  const nSets = mostSets(reader.model.dims.nLayers, MOST_SCORED);
  const total = nSets * nLists + Object.values(plans).reduce((sum, plan) => sum + runsOf(plan), 0);
  let done = 0;
  const onRuns = (runs: number) => {
    done += runs;
    progress(done, total, 'runs');
  };
  return { reader, keep, pair: mappedPair(form.events), onRuns };
}

/** Heuristics with a score. */
const MOST_SCORED = 6;

/** Every graph, by what it reads. */
function usesOf(
  model: Model,
  saes: readonly SaeSpec[],
  { tokens, sequences }: { readonly tokens: number; readonly sequences: number },
) {
  const extent = { tokens, sequences, positions: mostItems(tokens) };
  const layers = Array.from({ length: model.dims.nLayers }, (_, layer) => layer);
  return {
    patching: patchingUses(model, extent),
    sets: [swapOutputsUse(model, tokens)],
    attribution_patching: [pairsUse(model, layers.flatMap(outputHooks), extent)],
    lens: [lensUse(model, { tokens, sequences, positions: 1 })],
    attribution:
      saes.length === 0 ? [] : attributionUses(model, saes, { tokens, sequences, paths: ['zero'] }),
  };
}

/** MB that each way of reading scores takes. */
function memoryOf(context: PatchingContext, lists: readonly PatchedList[]) {
  const reader = readerOf(context);
  const tokens = Math.max(...lists.map(({ metricPositions }) => metricPositions.at(-1)! + 1));
  const uses = usesOf(reader.model, context.saes ?? [], { tokens, sequences: lists.length });
  return {
    patching: plannedMemory(reader, uses.patching),
    sets: plannedMemory(reader, uses.sets),
    attribution_patching: plannedMemory(reader, uses.attribution_patching),
    lens: plannedMemory(reader, uses.lens),
    attribution: uses.attribution.length === 0 ? 0 : plannedMemory(reader, uses.attribution),
  };
}
