import type { Transcoders } from '../../interp/circuit/linear-view.ts';
import { type Cell, restAt, type Splice, Splices } from '../../interp/circuit/splices.ts';
import type { Reader } from '../../interp/reader.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { Sae } from '../../sae/sae.ts';
import type { CircuitTransferRow, Transferred } from '../../schema/circuit-transfer.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import { clusterRatio } from '../../stats/cluster-ratio.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import type { CircuitFeature } from './circuit-features.ts';
import { decisionTokens, type ListDecision } from './decisions.ts';

/** Some features that are set to their means. */
export interface RemovedFeatures {
  readonly kind: Transferred;
  /** How many were asked for: a graph may have fewer. */
  readonly count: number;
  readonly features: readonly CircuitFeature[];
}

/** What the features that are removed change in one list. */
export interface TransferredChange {
  readonly topic: string;
  /** [removed features]: change of the logit of the end minus that of again */
  readonly changes: readonly number[];
}

export interface TransferSetting {
  readonly reader: Reader;
  readonly form: TokenForm;
  readonly transcoders: Transcoders<Sae>;
  /** [layer][d_sae] */
  readonly means: readonly (Float32Array | null)[];
}

export interface RemovalOptions {
  readonly removed: readonly RemovedFeatures[];
  /** @param done number of lists */
  readonly onProgress: (done: number) => void;
}

/** Set features to their means at every counted position of each list up to its last decision. */
export async function measureRemovals(
  { reader, form, transcoders, means }: TransferSetting,
  decisions: readonly ListDecision[],
  { removed, onProgress }: RemovalOptions,
): Promise<TransferredChange[]> {
  await using splices = await Splices.open(reader, transcoders);
  const measured: TransferredChange[] = [];
  for (const { ids, list } of decisions) {
    const positions = Array.from(ids.keys()).slice(reader.uncounted);
    const wanted = [[], ...removed.map(({ features }) => cellsOf(features, positions))].map(
      (cells): Splice => ({ cells, are: 'removed', errors: 'own' }),
    );
    const rest = restAt(means, ids.length);
    const [unchanged, ...changed] = await splices.measure(
      { ids },
      decisionTokens(form),
      rest,
      wanted,
    );
    measured.push({
      topic: list.topic,
      changes: changed.map((metric) => metric - unchanged!),
    });
    onProgress(measured.length);
  }
  return measured;
}

const cellsOf = (features: readonly CircuitFeature[], positions: readonly number[]): Cell[] =>
  features.flatMap((feature) => positions.map((pos) => ({ ...feature, pos })));

/** The mean change by each kind and number of features. */
export function transferRows(
  lists: readonly TransferredChange[],
  removed: readonly RemovedFeatures[],
  study: string,
  settings: IntervalSettings,
): CircuitTransferRow[] {
  const indexed = removed.map((each, index) => ({ ...each, index }));
  const groups = [...Map.groupBy(indexed, ({ kind, count }) => `${kind} ${count}`).values()];
  return groups.map((of): CircuitTransferRow => {
    const { kind, count, features } = of[0]!;
    const own = indexed.find((each) => each.kind === 'own' && each.count === count)!;
    const change = (list: TransferredChange) =>
      of.reduce((sum, { index }) => sum + list.changes[index]!, 0) / of.length;
    const key = `circuit transfer ${study} ${kind} ${count}`;
    const cluster = ({ topic }: TransferredChange) => topic;
    const mean = clusterMean({ rows: lists, value: change, cluster }, key, settings);
    const whole = (list: TransferredChange) => list.changes[own.index]!;
    const share =
      kind === 'own'
        ? null
        : clusterRatio({ rows: lists, part: change, whole, cluster }, `${key} share`, settings);
    return {
      study,
      features: kind,
      n_features: features.length,
      shared: sharedWith(own.features, features),
      change: mean.mean,
      ci_low: mean.ci_low,
      ci_high: mean.ci_high,
      share: share?.mean ?? null,
      share_low: share?.ci_low ?? null,
      share_high: share?.ci_high ?? null,
      reason: kind !== 'own' && share === null ? 'effect includes 0' : null,
      n: lists.length,
    };
  });
}

function sharedWith(own: readonly CircuitFeature[], features: readonly CircuitFeature[]): number {
  const nameOf = ({ layer, feature }: CircuitFeature) => `${layer} ${feature}`;
  const owned = new Set(own.map(nameOf));
  return features.filter((each) => owned.has(nameOf(each))).length;
}
