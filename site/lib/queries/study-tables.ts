import { ablationContrasts } from '../../../pipeline/schema/ablation-contrasts.ts';
import { ablationDamage } from '../../../pipeline/schema/ablation-damage.ts';
import { ablationDamageEffects } from '../../../pipeline/schema/ablation-damage-effects.ts';
import { ablationEdits } from '../../../pipeline/schema/ablation-edits.ts';
import { ablationEffects } from '../../../pipeline/schema/ablation-effects.ts';
import { ablationMetric } from '../../../pipeline/schema/ablation-metric.ts';
import { ablations } from '../../../pipeline/schema/ablations.ts';
import { activeFeatures } from '../../../pipeline/schema/active-features.ts';
import { attributionAgreement } from '../../../pipeline/schema/attribution-agreement.ts';
import { attributionSums } from '../../../pipeline/schema/attribution-sums.ts';
import { attributions } from '../../../pipeline/schema/attributions.ts';
import { authorship } from '../../../pipeline/schema/authorship.ts';
import { authorshipLists } from '../../../pipeline/schema/authorship-lists.ts';
import {
  authorshipByItem,
  authorshipSummary,
} from '../../../pipeline/schema/authorship-summary.ts';
import { baselineCosts } from '../../../pipeline/schema/baseline-costs.ts';
import { baselineEffects } from '../../../pipeline/schema/baseline-effects.ts';
import { baselines } from '../../../pipeline/schema/baselines.ts';
import { circuitAgreement } from '../../../pipeline/schema/circuit-agreement.ts';
import { circuitAreas, circuitCurves } from '../../../pipeline/schema/circuit-curves.ts';
import { circuitListEffects, circuitLists } from '../../../pipeline/schema/circuit-lists.ts';
import { circuitScores } from '../../../pipeline/schema/circuit-scores.ts';
import { circuitSwaps } from '../../../pipeline/schema/circuit-swaps.ts';
import { circuitTransfer } from '../../../pipeline/schema/circuit-transfer.ts';
import { circuitWordFeatures } from '../../../pipeline/schema/circuit-word-features.ts';
import { claims } from '../../../pipeline/schema/claims.ts';
import { clusterCells } from '../../../pipeline/schema/cluster-cells.ts';
import { clusterMaps } from '../../../pipeline/schema/cluster-maps.ts';
import { clusterMerges } from '../../../pipeline/schema/cluster-merges.ts';
import { coverage } from '../../../pipeline/schema/coverage.ts';
import { exactEffects } from '../../../pipeline/schema/exact-effects.ts';
import { explanationSummary, explanations } from '../../../pipeline/schema/explanations.ts';
import { featureAttributions } from '../../../pipeline/schema/feature-attributions.ts';
import { featureContexts } from '../../../pipeline/schema/feature-contexts.ts';
import { featureHistograms } from '../../../pipeline/schema/feature-histograms.ts';
import { featureLogitsTable } from '../../../pipeline/schema/feature-logits.ts';
import { featurePlaces } from '../../../pipeline/schema/feature-places.ts';
import { featureSummary } from '../../../pipeline/schema/feature-summary.ts';
import { features } from '../../../pipeline/schema/features.ts';
import { graphAverageEdges, graphAverageNodes } from '../../../pipeline/schema/graph-average.ts';
import { graphEdges } from '../../../pipeline/schema/graph-edges.ts';
import { graphNodes } from '../../../pipeline/schema/graph-nodes.ts';
import { layerHeuristics } from '../../../pipeline/schema/layer-heuristics.ts';
import { liveLists, liveParts } from '../../../pipeline/schema/live.ts';
import { liveFeatures } from '../../../pipeline/schema/live-features.ts';
import { logitLensLists } from '../../../pipeline/schema/logit-lens-lists.ts';
import type { Manifest } from '../../../pipeline/schema/manifest.ts';
import { patching } from '../../../pipeline/schema/patching.ts';
import { patchingAgreement } from '../../../pipeline/schema/patching-agreement.ts';
import { patchingMap } from '../../../pipeline/schema/patching-map.ts';
import { predictionQuality } from '../../../pipeline/schema/prediction-quality.ts';
import { predictions } from '../../../pipeline/schema/predictions.ts';
import { robustness } from '../../../pipeline/schema/robustness.ts';
import {
  saeQualityTable,
  transcoderQuality,
  transcodersTogether,
} from '../../../pipeline/schema/sae-quality.ts';
import { steeringVectorsTable } from '../../../pipeline/schema/steering-vectors.ts';
import { swapAttributions } from '../../../pipeline/schema/swap-attributions.ts';
import { tQuantiles } from '../../../pipeline/schema/t-quantiles.ts';
import { tokenAttributions } from '../../../pipeline/schema/token-attributions.ts';
import { topicHeat } from '../../../pipeline/schema/topic-heat.ts';
import { verdictPower } from '../../../pipeline/schema/verdict-power.ts';
import { quote } from './sql.ts';

/** Tables that not every study has, or has yet, and that queries of all studies may name. */
const OPTIONAL = [
  saeQualityTable,
  attributions,
  tokenAttributions,
  attributionSums,
  featureAttributions,
  featureSummary,
  swapAttributions,
  activeFeatures,
  exactEffects,
  attributionAgreement,
  clusterMaps,
  clusterMerges,
  clusterCells,
  topicHeat,
  features,
  featureLogitsTable,
  featureContexts,
  featureHistograms,
  featurePlaces,
  ablations,
  ablationEdits,
  ablationMetric,
  ablationEffects,
  ablationContrasts,
  predictionQuality,
  baselines,
  baselineEffects,
  steeringVectorsTable,
  ablationDamage,
  ablationDamageEffects,
  baselineCosts,
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
  transcoderQuality,
  transcodersTogether,
  circuitScores,
  circuitAgreement,
  circuitCurves,
  circuitAreas,
  circuitSwaps,
  circuitWordFeatures,
  circuitLists,
  circuitListEffects,
  circuitTransfer,
  explanations,
  explanationSummary,
  liveParts,
  liveLists,
  liveFeatures,
];

/** Statements that make the tables which a study is without: each with its columns, and empty. */
export function createMissing({ files }: Pick<Manifest, 'files'>): string[] {
  const found = new Set(Object.values(files).map(({ table }) => table));
  return OPTIONAL.filter(({ name }) => !found.has(name)).map(({ name, columns }) => {
    const typed = Object.entries(columns).map(([column, { type }]) => `"${column}" ${type}`);
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
