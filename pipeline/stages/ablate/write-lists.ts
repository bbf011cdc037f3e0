import type { Reader } from '../../interp/reader.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import { generate } from '../../runtime/generate.ts';
import type { Settings } from '../../study/study.ts';
import { type Outcome, outcomeOf, type Run } from './outcome.ts';

/** What every list is written and read with. */
export interface Setting {
  readonly study: Pick<Settings, 'seed' | 'sampling' | 'ablation'>;
  readonly reader: Reader;
  readonly form: TokenForm;
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
      for (const run of group) outcomes.set(run, outcomeOf(run, completions[i]!, at.form));
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

const complete = ({ study, reader, form }: Setting, runs: readonly Run[], hook?: string) =>
  generate(
    reader.model,
    runs.map(({ prompt }) => prompt),
    {
      provider: reader.provider,
      seed: study.seed,
      temperature: study.sampling.temperature,
      topP: study.sampling.topP,
      maxNewTokens: runs[0]!.target.maxNewTokens,
      stopIds: form.stopIds,
      batchSize: reader.batchSize * TOGETHER,
      ...(hook !== undefined && { intervention: { hook } }),
    },
  );
