import type { Resources } from '../engine/resource.ts';
import { type Available, runnableStages } from '../engine/stage.ts';
import type { Settings } from '../study/study.ts';
import { generateStage } from './1-generate.ts';
import { exploreStage } from './2-explore.ts';
import { entropyStage } from './3-entropy.ts';
import { logitLensStage } from './4-logit-lens.ts';
import { saeQualityStage } from './5-sae-quality.ts';
import { attributeStage } from './6-attribute.ts';
import { clusterStage } from './7-cluster.ts';
import { ablateStage } from './8-ablate.ts';
import { baselinesStage } from './9-baselines.ts';
import { predictionsStage } from './10-predictions.ts';
import { authorshipStage } from './authorship.ts';
import { circuitListsStage } from './circuit-lists.ts';
import { circuitTransferStage } from './circuit-transfer.ts';
import { circuitsStage } from './circuits.ts';
import { claimsStage } from './claims.ts';
import { coverageStage } from './coverage.ts';
import type { Needs, Stage } from './define.ts';
import { dictionaryStage } from './dictionary.ts';
import { explanationsStage } from './explanations.ts';
import { featureContextsStage } from './feature-contexts.ts';
import { featureLogitsStage } from './feature-logits.ts';
import { featuresStage } from './features.ts';
import { groundTruthStage } from './ground-truth.ts';
import { liveStage } from './live.ts';
import { liveFeaturesStage } from './live-features.ts';
import { patchingStage } from './patching.ts';
import { releasedAblationsStage } from './released-ablations.ts';
import { releasedAttributionsStage } from './released-attributions.ts';
import { releasedAuditStage } from './released-audit.ts';
import { releasedClaimsStage } from './released-claims.ts';
import { releasedListsStage } from './released-lists.ts';
import { robustnessStage } from './robustness.ts';
import { transcoderQualityStage } from './transcoder-quality.ts';
import { verdictPowerStage } from './verdict-power.ts';

/** Every stage, in order. */
const STAGES: readonly Stage[] = [
  generateStage,
  releasedListsStage,
  exploreStage,
  entropyStage,
  logitLensStage,
  patchingStage,
  robustnessStage,
  authorshipStage,
  saeQualityStage,
  attributeStage,
  clusterStage,
  featuresStage,
  featureLogitsStage,
  featureContextsStage,
  ablateStage,
  transcoderQualityStage,
  circuitsStage,
  circuitListsStage,
  circuitTransferStage,
  explanationsStage,
  baselinesStage,
  liveStage,
  liveFeaturesStage,
  predictionsStage,
  claimsStage,
  groundTruthStage,
  releasedAuditStage,
  releasedAttributionsStage,
  releasedAblationsStage,
  releasedClaimsStage,
  verdictPowerStage,
  coverageStage,
  dictionaryStage,
];

/** The stages that a study runs: those whose settings, resources and input tables it has. */
export const stagesOf = (settings: Available<Settings>, resources: Resources<Needs>): Stage[] =>
  runnableStages(STAGES, { settings, resources });
