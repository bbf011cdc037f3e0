import { BY_HAND, DERIVED, OWN } from './authorship-columns.ts';

/** First parts of the report's addresses, which lie beside the pages of studies. */
export const REPORT_PARTS = [
  'ablation',
  'all',
  'attribution',
  'behaviour',
  'cause',
  'circuits',
  'cost',
  'data',
  'decision',
  'embed',
  'features',
  'gemma',
  'graph',
  'instruments',
  'lists',
  'samples',
  'search',
  'try',
];

/** Names that no study may have: its pages or its lists could not be told from others. */
export const RESERVED_NAMES: readonly string[] = [
  ...REPORT_PARTS,
  'published',
  BY_HAND,
  OWN,
  ...DERIVED,
];
