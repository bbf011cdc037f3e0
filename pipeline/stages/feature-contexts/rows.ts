import { featureId } from '../../sae/sae.ts';
import type { featureContexts } from '../../schema/feature-contexts.ts';
import type { featureHistograms } from '../../schema/feature-histograms.ts';
import { type featurePlaces, PLACES, type Place } from '../../schema/feature-places.ts';
import type { Row } from '../../schema/table.ts';
import { histogram } from '../../stats/histogram.ts';
import type { FeatureActivity } from './feature-activity.ts';

/** Bins of each histogram of activations. */
const BINS = 16;

const keyOf = ({ saeId, feature }: FeatureActivity) => ({
  feature_id: featureId(saeId, feature),
  sae_id: saeId,
  feature,
});

export const contextRows = (activity: FeatureActivity): Row<typeof featureContexts>[] =>
  activity.contexts.map(({ sampleId, peakPos, firstPos, activations }, i) => ({
    ...keyOf(activity),
    rank: i + 1,
    sample_id: sampleId,
    peak_pos: peakPos,
    first_pos: firstPos,
    activations: [...activations],
  }));

export const histogramRows = (activity: FeatureActivity): Row<typeof featureHistograms>[] =>
  histogram(activity.nonzero.values(), BINS).map((bin) => ({ ...keyOf(activity), ...bin }));

/** @param placeCounts number of counted tokens of each place in all lists */
export const placeRows = (
  activity: FeatureActivity,
  placeCounts: ReadonlyMap<Place, number>,
): Row<typeof featurePlaces>[] =>
  PLACES.flatMap((place) => {
    const n = placeCounts.get(place);
    if (n === undefined) return [];
    const active = activity.byPlace.get(place) ?? { n: 0, sum: 0 };
    return [{ ...keyOf(activity), place, n, n_active: active.n, mean_act: active.sum / n }];
  });
