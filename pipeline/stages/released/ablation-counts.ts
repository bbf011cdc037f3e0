import type { ablationCounts } from '../../schema/released/ablation-counts.ts';
import type { Row } from '../../schema/table.ts';
import { variance } from '../../stats/variance.ts';
import type { AblatedPair, CountedOutcome } from './ablation-pairs.ts';
import { foldedMean } from './author-counts.ts';

type CountRow = Row<typeof ablationCounts>;

/** One row for each SAE and topic. */
export function countRows(pairs: readonly AblatedPair[]): CountRow[] {
  const groups = Map.groupBy(pairs, ({ outcome: { row, topic } }) => `${row.sae_id} ${topic}`);
  return [...groups.values()].map(countRow);
}

function countRow(pairs: readonly AblatedPair[]): CountRow {
  const { row, topic } = pairs[0]!.outcome;
  const count = (holds: (pair: AblatedPair) => boolean) => pairs.filter(holds).length;
  const hyphens = summariseDifference(pairs, ({ hyphens }) => hyphens);
  const lines = summariseDifference(pairs, ({ shannonOfLines }) => shannonOfLines);
  const items = summariseDifference(pairs, ({ row }) => row.n_items);
  const shannon = summariseDifference(pairs, ({ row }) => row.shannon_index);
  return {
    sae_id: row.sae_id!,
    topic,
    n: pairs.length,
    n_kept_prefix: count(({ keepsPrefix }) => keepsPrefix),
    n_capped: count(({ outcome }) => !outcome.row.ended),
    n_shorter: count(({ outcome, baseline }) => outcome.hyphens < baseline.hyphens),
    n_same: count(({ outcome, baseline }) => outcome.hyphens === baseline.hyphens),
    n_looped: count(
      ({ outcome, baseline }) => outcome.row.n_repeats > 0 && baseline.row.n_repeats === 0,
    ),
    hyphens_sum: hyphens.sum,
    hyphens_variance: hyphens.variance,
    hyphens_folded: hyphens.folded,
    lines_shannon_sum: lines.sum,
    lines_shannon_variance: lines.variance,
    lines_shannon_folded: lines.folded,
    items_mean: items.sum / pairs.length,
    items_variance: items.variance,
    shannon_mean: shannon.sum / pairs.length,
    shannon_variance: shannon.variance,
  };
}

/** Sum, sample variance and folded mean (`foldedMean`) of the differences from the baselines. */
function summariseDifference(
  pairs: readonly AblatedPair[],
  getValue: (list: CountedOutcome) => number,
) {
  const differences = pairs.map(({ outcome, baseline }) => getValue(outcome) - getValue(baseline));
  const sum = differences.reduce((a, b) => a + b, 0);
  const sampleVariance = variance(differences) ?? 0;
  return {
    sum,
    variance: sampleVariance,
    folded: foldedMean(sum, sampleVariance, pairs.length),
  };
}
