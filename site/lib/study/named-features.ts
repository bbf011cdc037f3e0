import type { Study } from './studies.ts';

/** What stands beside a feature's id. */
export interface FeatureLabel {
  /** Where it is active, by its label; null for a feature without one. */
  readonly label: string | null;
  /** The probability that the label ranks a token at which the feature is active above another, in topics it was not made from. */
  readonly score: number | null;
  /** Whether that is under three quarters, or no better than by another feature's label. */
  readonly poor: boolean;
}

/** The features of a study that have a card, by id; read once. */
export function namedFeatures(study: Study): Promise<ReadonlyMap<string, FeatureLabel>> {
  const found = read.get(study) ?? query(study);
  read.set(study, found);
  return found;
}

const read = new WeakMap<Study, Promise<ReadonlyMap<string, FeatureLabel>>>();

async function query({ database }: Study): Promise<ReadonlyMap<string, FeatureLabel>> {
  const rows = await database.all('FROM named_features');
  return new Map(
    rows.map(({ feature_id, label, score, poor }) => [
      String(feature_id),
      {
        label: label === null ? null : String(label),
        score: score === null ? null : Number(score),
        poor: poor === true,
      },
    ]),
  );
}
