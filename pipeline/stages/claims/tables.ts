import type { WriteUp } from '../../resources/write-up.ts';
import type { EntropyRow } from '../../schema/entropy.ts';
import type { layerContributions } from '../../schema/layer-contributions.ts';
import type { logitLensSummary } from '../../schema/logit-lens-summary.ts';
import type { ablationCounts } from '../../schema/released/ablation-counts.ts';
import type { authorLists } from '../../schema/released/author-lists.ts';
import type { releasedFiles } from '../../schema/released/released-files.ts';
import type { tupleCounts } from '../../schema/released/tuple-counts.ts';
import type { tupleTops } from '../../schema/released/tuple-tops.ts';
import type { Row } from '../../schema/table.ts';
import type { TemplateName } from '../../schema/templates.ts';
import { type ItemRow, type ListRow, listsAtTemperature } from '../lists-by-id.ts';

/** What claims are asked of in the released data and in a study alike. */
export interface CommonTables {
  readonly lists: readonly ListRow[];
  /** By `sample_id`. */
  readonly itemsOf: ReadonlyMap<string, readonly ItemRow[]>;
  /** The temperature at which every template was sampled. */
  readonly temperature: number;
  /** Lists continued from their last item’s marker with features of one SAE zeroed. */
  readonly continued: readonly RewrittenList[];
  /** Which features are among the most attributed of which lists, by SAE id. */
  readonly attributed: ReadonlyMap<string, readonly AttributedIn[]>;
}

/** A list that was written again, beside what it was before. */
export interface RewrittenList {
  readonly sae_id: string;
  readonly sample_id: string;
  readonly topic: string;
  readonly items: number;
  readonly itemsBefore: number;
  readonly ended: boolean;
  /** Whether it names an item twice although it did not before. */
  readonly loops: boolean;
}

export interface AttributedIn {
  readonly feature: number;
  readonly sample_id: string;
}

/** What claims are asked of in a study of a model. */
export interface StudyTables extends CommonTables {
  readonly entropy: readonly EntropyRow[];
  readonly lens: readonly Row<typeof logitLensSummary>[];
  readonly contributions: readonly Row<typeof layerContributions>[];
  readonly zeroed: readonly ZeroedSae[];
}

/** Lists written again from the prompt with features of one SAE zeroed, each beside as many random ones. */
export interface ZeroedSae {
  readonly sae_id: string;
  /** Items with the most attributed features zeroed, less items with random ones, of each list. */
  readonly overRandom: readonly { readonly topic: string; readonly items: number }[];
  /** The p-value of its effect, adjusted for the number of SAEs; null where the study has none. */
  readonly pAdjusted: number | null;
}

/** What claims are asked of in the released data. */
export interface ReleasedTables extends CommonTables {
  readonly files: readonly Row<typeof releasedFiles>[];
  readonly authorLists: readonly Row<typeof authorLists>[];
  readonly ablationCounts: readonly Row<typeof ablationCounts>[];
  readonly tupleCounts: readonly Row<typeof tupleCounts>[];
  readonly tupleTops: readonly Row<typeof tupleTops>[];
  /** The write-up’s own tables. */
  readonly writeUp: WriteUp;
}

/** The lists of one template at the main temperature. */
export const mainLists = (
  { lists, temperature }: CommonTables,
  template: TemplateName,
): ListRow[] => listsAtTemperature(lists, temperature, [template]);

/** The items of some lists, each with its list. */
export const itemsIn = (
  { itemsOf }: CommonTables,
  lists: readonly ListRow[],
): { readonly list: ListRow; readonly item: ItemRow }[] =>
  lists.flatMap((list) => (itemsOf.get(list.sample_id) ?? []).map((item) => ({ list, item })));
