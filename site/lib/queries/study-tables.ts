import { authorship } from '../../../pipeline/schema/authorship.ts';
import { authorshipLists } from '../../../pipeline/schema/authorship-lists.ts';
import {
  authorshipByItem,
  authorshipSummary,
} from '../../../pipeline/schema/authorship-summary.ts';
import { circuitAgreement } from '../../../pipeline/schema/circuit-agreement.ts';
import { circuitAreas, circuitCurves } from '../../../pipeline/schema/circuit-curves.ts';
import { circuitListEffects, circuitLists } from '../../../pipeline/schema/circuit-lists.ts';
import { circuitScores } from '../../../pipeline/schema/circuit-scores.ts';
import { circuitSwaps } from '../../../pipeline/schema/circuit-swaps.ts';
import { circuitWordFeatures } from '../../../pipeline/schema/circuit-word-features.ts';
import { claims } from '../../../pipeline/schema/claims.ts';
import { coverage } from '../../../pipeline/schema/coverage.ts';
import { explanationSummary, explanations } from '../../../pipeline/schema/explanations.ts';
import { graphAverageEdges, graphAverageNodes } from '../../../pipeline/schema/graph-average.ts';
import { graphEdges } from '../../../pipeline/schema/graph-edges.ts';
import { graphNodes } from '../../../pipeline/schema/graph-nodes.ts';
import { layerHeuristics } from '../../../pipeline/schema/layer-heuristics.ts';
import { logitLensLists } from '../../../pipeline/schema/logit-lens-lists.ts';
import type { Manifest } from '../../../pipeline/schema/manifest.ts';
import { patching } from '../../../pipeline/schema/patching.ts';
import { patchingAgreement } from '../../../pipeline/schema/patching-agreement.ts';
import { patchingMap } from '../../../pipeline/schema/patching-map.ts';
import { predictions } from '../../../pipeline/schema/predictions.ts';
import { robustness } from '../../../pipeline/schema/robustness.ts';
import { tQuantiles } from '../../../pipeline/schema/t-quantiles.ts';
import { verdictPower } from '../../../pipeline/schema/verdict-power.ts';
import { quote } from './sql.ts';

/** Tables that not every study has, and that queries of all studies may name. */
const OPTIONAL = [
  predictions,
  robustness,
  coverage,
  tQuantiles,
  patching,
  patchingMap,
  patchingAgreement,
  layerHeuristics,
  logitLensLists,
  authorship,
  authorshipLists,
  authorshipSummary,
  authorshipByItem,
  claims,
  verdictPower,
  graphNodes,
  graphEdges,
  graphAverageNodes,
  graphAverageEdges,
  circuitScores,
  circuitAgreement,
  circuitCurves,
  circuitAreas,
  circuitSwaps,
  circuitWordFeatures,
  circuitLists,
  circuitListEffects,
  explanations,
  explanationSummary,
];

/** Statements that make the tables which a study is without: each with its columns, and empty. */
export function createMissing({ files }: Pick<Manifest, 'files'>): string[] {
  const found = new Set(Object.values(files).map(({ table }) => table));
  return OPTIONAL.filter(({ name }) => !found.has(name)).map(({ name, columns }) => {
    const typed = Object.entries(columns).map(([column, { type }]) => `${column} ${type}`);
    return `CREATE TABLE ${name} (${typed.join(', ')})`;
  });
}

/** Statements that make the table of what each stage took, from the manifest; `place` is the order in which they ran. */
export function createStageCosts({ stages }: Pick<Manifest, 'stages'>): string[] {
  const rows = Object.entries(stages).map(
    ([stage, { seconds, peak_mb }], place) => `(${place}, ${quote(stage)}, ${seconds}, ${peak_mb})`,
  );
  return [
    'CREATE TABLE stage_costs (place INTEGER, stage VARCHAR, seconds DOUBLE, peak_mb DOUBLE)',
    ...(rows.length === 0 ? [] : [`INSERT INTO stage_costs VALUES ${rows.join(', ')}`]),
  ];
}
