import { hasRows } from './has-rows.ts';
import type { Study } from './studies.ts';

/** Whether a study has attribution graphs; only then does it have their page. */
export const hasGraphs = ({ manifest }: Pick<Study, 'manifest'>): boolean =>
  hasRows(manifest, 'graph_nodes') && hasRows(manifest, 'circuit_scores');
