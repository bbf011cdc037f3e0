import { activationUses, featureActivations } from '../interp/feature-activations.ts';
import { featureId } from '../sae/sae.ts';
import { completions } from '../schema/completions.ts';
import { featureContexts } from '../schema/feature-contexts.ts';
import { featureHistograms } from '../schema/feature-histograms.ts';
import { featurePlaces, PLACES, type Place } from '../schema/feature-places.ts';
import { features } from '../schema/features.ts';
import { items } from '../schema/items.ts';
import type { Row } from '../schema/table.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { tokens } from '../schema/tokens.ts';
import { histogram } from '../stats/histogram.ts';
import { defineStage } from './define.ts';
import { listCounts, longestList } from './extent.ts';
import { placesByList } from './feature-contexts/place.ts';
import { observe, type Sighting, startSighting } from './feature-contexts/sighting.ts';
import { listsAtTemperature } from './lists-by-id.ts';
import { readerOf } from './reader.ts';

/** Lists kept of each feature, and tokens before and after its greatest activation there. */
const KEPT = { contexts: 5, before: 10, after: 4 };
/** Intervals of each histogram. */
const BINS = 16;

/** Look up where the features that the end is attributed to act, in the study's own lists. */
export const featureContextsStage = defineStage({
  name: 'feature-contexts',
  source: import.meta.url,
  settings: ['sampling', 'batchSize'],
  needs: ['model', 'saes'],
  reads: [completions, items, tokens, features],
  writes: [featureContexts, featureHistograms, featurePlaces],

  graphs: ({ model, saes, longest, lists }) =>
    activationUses(model, saes, {
      tokens: longestList(longest),
      sequences: listCounts(TEMPLATES, lists).all,
    }),

  async run(context) {
    const { study, saes, read, write, progress } = context;
    const reader = readerOf(context);
    const lists = listsAtTemperature(await read(completions), study.sampling.temperature);
    const places = placesByList(lists, { tokens: await read(tokens), items: await read(items) });
    const wanted = Map.groupBy(await read(features), ({ sae_id }) => sae_id);
    const chosen = saes.flatMap((sae) => {
      const of = wanted.get(sae.id)?.map((row) => row.feature);
      return of === undefined ? [] : [{ sae, features: of }];
    });
    const sightings = new Map(
      chosen.map(({ sae, features }) => [sae.id, features.map((f) => startSighting(sae.id, f))]),
    );
    const options = { ...KEPT, uncounted: reader.uncounted };
    const sequences = lists.map(({ token_ids }) => ({ ids: token_ids }));
    await featureActivations(reader, chosen, sequences, {
      onRow: ({ sae, sequence, acts }) => {
        const { sample_id, token_ids } = lists[sequence]!;
        const list = { sampleId: sample_id, ids: token_ids, places: places.get(sample_id)! };
        observe(sightings.get(sae.id)!, list, acts, options);
      },
      onProgress: (done) => progress(done, lists.length, 'lists'),
    });
    const all = [...sightings.values()].flat();
    const tokensAt = countPlaces([...places.values()], reader.uncounted);
    write(featureContexts, all.flatMap(contextRows));
    write(featureHistograms, all.flatMap(histogramRows));
    write(
      featurePlaces,
      all.flatMap((sighting) => placeRows(sighting, tokensAt)),
    );
  },
});

/** Tokens of each place in all lists, at positions that count. */
function countPlaces(lists: readonly Place[][], uncounted: number): Map<Place, number> {
  const counts = new Map<Place, number>();
  for (const places of lists)
    for (const place of places.slice(uncounted)) counts.set(place, (counts.get(place) ?? 0) + 1);
  return counts;
}

const keyOf = ({ saeId, feature }: Sighting) => ({
  feature_id: featureId(saeId, feature),
  sae_id: saeId,
  feature,
});

const contextRows = (sighting: Sighting): Row<typeof featureContexts>[] =>
  sighting.contexts.map(({ sampleId, peakPos, firstPos, activations }, i) => ({
    ...keyOf(sighting),
    rank: i + 1,
    sample_id: sampleId,
    peak_pos: peakPos,
    first_pos: firstPos,
    activations: [...activations],
  }));

const histogramRows = (sighting: Sighting): Row<typeof featureHistograms>[] =>
  histogram(sighting.active, BINS).map((bin) => ({ ...keyOf(sighting), ...bin }));

const placeRows = (
  sighting: Sighting,
  tokensAt: ReadonlyMap<Place, number>,
): Row<typeof featurePlaces>[] =>
  PLACES.flatMap((place) => {
    const n = tokensAt.get(place);
    if (n === undefined) return [];
    const at = sighting.places.get(place) ?? { n: 0, sum: 0 };
    return [{ ...keyOf(sighting), place, n, n_active: at.n, mean_act: at.sum / n }];
  });
