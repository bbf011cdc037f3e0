import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../pipeline/schema/sha256.ts';

/** Where the published exploration's own figures are kept as tables, and the aggregates of what its author released. */
export const PUBLISHED_DIR = 'data/published';

/** Tables by the name that queries give them. */
export const PUBLISHED: Readonly<Record<string, string>> = {
  published_ablation_by_topic: 'ablation-by-topic.csv',
  published_ablation_by_sae: 'ablation-by-sae.csv',
  published_items_by_template: 'items-by-template.csv',
  published_items_by_list: 'items-by-list.csv',
  published_top_features: 'top-features.csv',
  published_entropy_figures: 'entropy-figures.csv',
  published_saes: 'saes.csv',
  original_columns: 'original-columns.csv',
  original_files: 'original-files.csv',
  original_audit: 'original-audit.csv',
  original_item_counts: 'original-item-counts.csv',
  original_lists: 'original-lists.csv',
  original_ablation_counts: 'original-ablation-counts.csv',
  original_ablation_effects: 'original-ablation-effects.csv',
  original_tuples: 'original-tuples.csv',
  original_claims: 'original-claims.csv',
  original_tuple_tops: 'original-tuple-tops.csv',
  original_named_features: 'original-named-features.csv',
  original_topic_heat: 'original-topic-heat.csv',
};

/** What a rehearsal of the study at full size took, as `npm run rehearse -- --publish` writes it; missing until then. */
export const FULL_SIZE = 'full-size.csv';

/** Whatever of these files there is. */
export const publishedFiles = (): string[] =>
  [...Object.values(PUBLISHED), FULL_SIZE].filter((file) => existsSync(join(PUBLISHED_DIR, file)));

export const publishedText = (file: string): string =>
  readFileSync(join(PUBLISHED_DIR, file), 'utf8');

export const publishedHash = (file: string): string => sha256(publishedText(file));
