import type { Model } from '../../models/model.ts';
import { generate } from '../../runtime/generate.ts';
import type { Tokenizer } from '../../sources/formats/tokenizer.ts';
import { stopIdsOf } from '../1-generate.ts';
import type { StageContext } from '../stage.ts';
import { type Outcome, outcomeOf, type Run } from './outcome.ts';

/** The parts of the study's config that ablation depends on. */
export type StudyParts =
  | 'model'
  | 'saes'
  | 'seed'
  | 'batchSize'
  | 'sampling'
  | 'attribution'
  | 'ablation'
  | 'bootstrap';

/** What every list is written and read with. */
export interface Setting extends Pick<StageContext<StudyParts>, 'study' | 'provider'> {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  /** The tokens whose logits the metric compares. */
  readonly pair: readonly [number, number];
}

/**
 * Let the model write every list, those of one template together, as they have one limit.
 * @param hook where the runs' additions are made
 * @returns in the order of the runs
 */
export async function writeLists(
  at: Setting,
  runs: readonly Run[],
  hook?: string,
): Promise<Outcome[]> {
  const outcomes = new Map<Run, Outcome>();
  for (const some of Map.groupBy(runs, ({ target }) => target.list.template).values()) {
    const groups = [...Map.groupBy(some, sameList).values()];
    // Prompts of about one length share a batch: little padding.
    groups.sort(([a], [b]) => a!.prompt.prompt.length - b!.prompt.prompt.length);
    const firsts = groups.map(([first]) => first!);
    const completions = await complete(at, firsts, hook);
    groups.forEach((group, i) => {
      for (const run of group) outcomes.set(run, outcomeOf(run, completions[i]!, at.tokenizer));
    });
  }
  return runs.map((run) => outcomes.get(run)!);
}

/** Where nothing is added, lists of one prompt and noise are one list, whatever their arm: it is written once. */
const sameList = (run: Run): Run | string => {
  const { key, prompt, additions } = run.prompt;
  return additions && additions.length > 0 ? run : `${key} ${prompt.length}`;
};

/** Short lists leave a batch soon: as many times the study's sequences run together as a list has arms. */
export const TOGETHER = 4;

const complete = (
  { study, provider, model, tokenizer }: Setting,
  runs: readonly Run[],
  hook?: string,
) =>
  generate(
    model,
    runs.map(({ prompt }) => prompt),
    {
      provider,
      seed: study.seed,
      temperature: study.sampling.temperature,
      topP: study.sampling.topP,
      maxNewTokens: runs[0]!.target.maxNewTokens,
      stopIds: stopIdsOf(tokenizer),
      batchSize: study.batchSize * TOGETHER,
      ...(hook !== undefined && { intervention: { hook } }),
    },
  );
