import type { SaeSpec } from '../../sae/sae.ts';
import type { featureSummary } from '../../schema/feature-summary.ts';
import type { GraphAverageNodeRow } from '../../schema/graph-average.ts';
import type { Row } from '../../schema/table.ts';
import { keyedRandom } from '../../stats/random.ts';

/** The features of one SAE or transcoder that are read. */
export interface ChosenSae<S extends SaeSpec = SaeSpec> {
  readonly sae: S;
  /** Those that are explained, then those drawn at random, whose labels are the baseline. */
  readonly features: readonly number[];
  /** How many are explained. */
  readonly explained: number;
}

/** Features drawn at random, of which some may never be active. */
const DRAWN = 20;

export interface ChoiceOptions {
  /** Most attributed features of each SAE. */
  readonly features: number;
  readonly seed: number;
}

/**
 * The features to explain: of each SAE the most attributed, and those of the average graph of circuits; each SAE that has some with
 * others at random.
 */
export function chooseFeatures<S extends SaeSpec>(
  saes: readonly S[],
  { summary, nodes }: FeatureTables,
  { features: most, seed }: ChoiceOptions,
): ChosenSae<S>[] {
  const inGraph = new Set(nodes.flatMap(({ feature_id }) => feature_id ?? []));
  return distinct(saes).flatMap((sae) => {
    const ranked = summary.filter(({ sae_id, rank }) => sae_id === sae.id && rank <= most);
    const explained = new Set([
      ...ranked.sort((a, b) => a.rank - b.rank).map(({ feature }) => feature),
      ...featuresIn(inGraph, sae.id),
    ]);
    if (explained.size === 0) return [];
    const random = keyedRandom(seed, `labels of other features ${sae.id}`);
    const draws = Array.from({ length: DRAWN }, () => Math.floor(random() * sae.dSae));
    const features = [...new Set([...explained, ...draws])];
    return [{ sae, features, explained: explained.size }];
  });
}

export interface FeatureTables {
  readonly summary: readonly Pick<Row<typeof featureSummary>, 'sae_id' | 'feature' | 'rank'>[];
  readonly nodes: readonly Pick<GraphAverageNodeRow, 'feature_id'>[];
}

/** Every SAE once: a transcoder may be among the SAEs and those of the circuits. */
export const distinct = <S extends SaeSpec>(saes: readonly S[]): S[] => [
  ...new Map(saes.map((sae) => [sae.id, sae])).values(),
];

/** In ascending order. */
const featuresIn = (ids: ReadonlySet<string>, saeId: string): number[] =>
  [...ids]
    .filter((id) => id.slice(0, id.lastIndexOf('_')) === saeId)
    .map((id) => Number(id.slice(id.lastIndexOf('_') + 1)))
    .sort((a, b) => a - b);
