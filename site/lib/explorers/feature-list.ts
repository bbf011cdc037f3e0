import type { Column } from '../charts/figure.ts';
import type { Row } from '../queries/query.ts';

/** One feature in the table of features. Runs in the build and in the browser. */
export interface FeatureRow {
  readonly feature_id: string;
  readonly sae_id: string;
  readonly family: string;
  readonly place: string;
  readonly n_samples: number;
  readonly topics: number;
  readonly blank_newline: number;
  readonly end_hyphen: number;
  readonly promotes: string;
  readonly [column: string]: Row[string];
}

export const FEATURE_COLUMNS: Readonly<Record<string, Column>> = {
  feature_id: { label: 'feature', names: 'feature' },
  blank_newline: { label: 'attribution: end, after the item', format: '0.000' },
  end_hyphen: { label: 'attribution: end, after the newline', format: '0.000' },
  n_samples: { label: 'lists' },
  topics: { label: 'topics', format: '0.0' },
  family: { label: 'family' },
  place: { label: 'most active at' },
  promotes: { label: 'promotes' },
};

/** What a reader looks for. An empty text keeps every row. */
export interface FeatureFilter {
  /** One column's own value each. */
  readonly sae: string;
  readonly family: string;
  readonly place: string;
  /** One of `EFFECTS`. */
  readonly effect: string;
  /** Part of a feature's id, or of a token that it promotes. */
  readonly words: string;
}

/** What a feature does to the end of lists: the sign of what is attributed to it, after the last item. */
export const EFFECTS: Readonly<Record<string, (attribution: number) => boolean>> = {
  'for the end': (attribution) => attribution > 0,
  'against it': (attribution) => attribution < 0,
};

export interface FeatureOrder {
  readonly column: string;
  readonly descending: boolean;
}

/** By the size of what is attributed to them. */
export const FIRST_ORDER: FeatureOrder = { column: 'blank_newline', descending: true };

/** Rows shown at once. */
export const SHOWN = 100;

/** The rows that a filter keeps, in order; of equal ones the given order stays. */
export function selectRows(
  rows: readonly FeatureRow[],
  { sae, family, place, effect, words }: FeatureFilter,
  { column, descending }: FeatureOrder,
): FeatureRow[] {
  const kept = rows.filter(
    (row) =>
      (sae === '' || row.sae_id === sae) &&
      (family === '' || row.family === family) &&
      (place === '' || row.place === place) &&
      (effect === '' || EFFECTS[effect]?.(row.blank_newline)) &&
      (words === '' || `${row.feature_id} ${row.promotes}`.toLowerCase().includes(words)),
  );
  const sign = descending ? -1 : 1;
  return kept.sort((a, b) => sign * compare(a[column]!, b[column]!));
}

const compare = (a: Row[string], b: Row[string]): number =>
  typeof a === 'number' && typeof b === 'number'
    ? a - b
    : String(a).localeCompare(String(b), 'en', { numeric: true });
