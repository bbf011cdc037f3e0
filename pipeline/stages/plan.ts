import { join } from 'node:path';
import {
  type Device,
  planGraphs,
  planWithoutGraphs,
  type StagePlan,
} from '../engine/memory-plan.ts';
import { readParquet } from '../engine/parquet.ts';
import { fileOf } from '../engine/study-run.ts';
import type { TokenForm } from '../lists/token-form.ts';
import type { Model } from '../models/model.ts';
import type { Provider } from '../runtime/provider.ts';
import type { SaeSpec } from '../sae/sae.ts';
import { completions } from '../schema/completions.ts';
import { fileProblem, readManifest } from '../schema/manifest.ts';
import type { Row } from '../schema/table.ts';
import type { ModelStudy } from '../study/study.ts';
import { transcoderChoice } from '../study/transcoder-choice.ts';
import type { Stage } from './define.ts';
import { allowedExtent, drawnExtent, type Extent } from './extent.ts';
import { longestPrompt } from './generate/samples.ts';
import { specsOf } from './sae-specs.ts';

/** What memory plans are made from: shapes and numbers only, no weights. */
export interface Planning {
  readonly study: ModelStudy;
  readonly provider: Provider;
  /** The provider's device. */
  readonly device: Device;
  /** The model without its weights. */
  readonly outline: () => Model;
  /** The study's SAEs and the transcoders of its circuits, where their files are known to say what they are. */
  readonly saes?: readonly SaeSpec[] | undefined;
  readonly transcoders?: readonly SaeSpec[] | undefined;
  /** Leading positions of a sequence that every measurement leaves out. */
  readonly uncounted: number;
  readonly form: () => Promise<TokenForm> | TokenForm;
  /** The form of the stage `robustness`, where the study has it. */
  readonly otherForm?: () => Promise<TokenForm> | TokenForm;
  /** The form of the lists that SAEs are trained on, where it is not the study's. */
  readonly corpusForm?: () => Promise<TokenForm> | TokenForm;
  /** Folder of the study's tables. */
  readonly results: string;
}

/** The memory that a stage needs for the lists that it reads or, before they are sampled, for the longest possible ones. */
export async function planStage(stage: Stage, planning: Planning): Promise<StagePlan> {
  if (stage.graphs === undefined) return planWithoutGraphs(stage.name);
  const extent = await extentFor(stage, planning);
  const { batchSize } = planning.study;
  const { dVocab } = extent.model.dims;
  return planGraphs(stage.name, stage.graphs(extent), { batchSize, dVocab }, planning.device);
}

/** The study's lists; null before they are sampled. */
export async function sampledLists({
  results,
}: Pick<Planning, 'results'>): Promise<Row<typeof completions>[] | null> {
  const problem = fileProblem(results, readManifest(results), fileOf(completions));
  return problem === null ? readParquet(join(results, fileOf(completions)), completions) : null;
}

async function extentFor(stage: Stage, planning: Planning): Promise<Extent> {
  const { study, provider, uncounted } = planning;
  const model = planning.outline();
  const form = await planning.form();
  const prompt = longestPrompt(study, form);
  const lists = stage.reads.includes(completions) ? await sampledLists(planning) : null;
  const sizes = lists === null ? allowedExtent(study, prompt) : drawnExtent(lists, prompt);
  const saes = planning.saes ?? (study.saes ? specsOf(study.saes, model.dims) : []);
  const choice = transcoderChoice(study);
  const transcoders = planning.transcoders ?? (choice ? specsOf(choice, model.dims) : []);
  return { settings: study, provider, model, uncounted, saes, transcoders, ...sizes };
}
