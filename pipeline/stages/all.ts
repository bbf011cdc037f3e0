import { columns, dictionaryRows } from '../schema/dictionary.ts';
import type { Study } from '../study/study.ts';
import { generateStage } from './1-generate.ts';
import { exploreStage } from './2-explore.ts';
import { entropyStage } from './3-entropy.ts';
import { logitLensStage } from './4-logit-lens.ts';
import { saeQualityStage } from './5-sae-quality.ts';
import { attributeStage } from './6-attribute.ts';
import { clusterStage } from './7-cluster.ts';
import { ablateStage } from './8-ablate.ts';
import { baselinesStage } from './9-baselines.ts';
import { featureContextsStage } from './feature-contexts.ts';
import { featureLogitsStage } from './feature-logits.ts';
import { featuresStage } from './features.ts';
import { groundTruthStage } from './ground-truth.ts';
import { releasedAblationsStage } from './released-ablations.ts';
import { releasedAttributionsStage } from './released-attributions.ts';
import { releasedAuditStage } from './released-audit.ts';
import { releasedListsStage } from './released-lists.ts';
import { defineStage, type Stage } from './stage.ts';

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
