import type { Study } from './config.ts';
import { generateStage } from './stages/1-generate.ts';
import { exploreStage } from './stages/2-explore.ts';
import { entropyStage } from './stages/3-entropy.ts';
import { logitLensStage } from './stages/4-logit-lens.ts';
import { saeQualityStage } from './stages/5-sae-quality.ts';
import { attributeStage } from './stages/6-attribute.ts';
import { clusterStage } from './stages/7-cluster.ts';
import { ablateStage } from './stages/8-ablate.ts';
import { baselinesStage } from './stages/9-baselines.ts';
import { featureContextsStage } from './stages/feature-contexts.ts';
import { featureLogitsStage } from './stages/feature-logits.ts';
import { featuresStage } from './stages/features.ts';
import { groundTruthStage } from './stages/ground-truth.ts';
import { releasedAblationsStage } from './stages/released-ablations.ts';
import { releasedAttributionsStage } from './stages/released-attributions.ts';
import { releasedAuditStage } from './stages/released-audit.ts';
import { releasedListsStage } from './stages/released-lists.ts';
import { defineStage, type Stage } from './stages/stage.ts';
import { columns, dictionaryRows } from './tables/dictionary.ts';

/** The method, in order. */
const METHOD: readonly Stage[] = [
  generateStage,
  exploreStage,
  entropyStage,
  logitLensStage,
  saeQualityStage,
  attributeStage,
  clusterStage,
  featuresStage,
  featureLogitsStage,
  featureContextsStage,
  ablateStage,
  baselinesStage,
];

/** What only a model with a known generating process can be asked. */
const MINIATURE_ONLY: readonly Stage[] = [groundTruthStage];

/** What released data, without a model, can be asked: what was measured is read, and from there the method is the same. */
const RELEASED: readonly Stage[] = [
  releasedListsStage,
  exploreStage,
  releasedAuditStage,
  releasedAttributionsStage,
  releasedAblationsStage,
];

const STAGES: Readonly<Record<Study['kind'], readonly Stage[]>> = {
  run: METHOD,
  miniature: [...METHOD, ...MINIATURE_ONLY],
  original: RELEASED,
};

/** The stages of a study, with the data dictionary of their tables as the last. */
export function stagesOf({ kind }: Pick<Study, 'kind'>): Stage[] {
  const stages = STAGES[kind];
  return [...stages, dictionaryStage(stages)];
}

const dictionaryStage = (stages: readonly Stage[]): Stage =>
  defineStage({
    name: 'dictionary',
    source: import.meta.url,
    config: ['kind'],
    reads: [],
    writes: [columns],
    async run({ write }) {
      write(columns, dictionaryRows([...stages.flatMap((stage) => stage.writes), columns]));
    },
  });
