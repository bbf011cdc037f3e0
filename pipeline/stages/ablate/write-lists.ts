import { BATCH_FACTOR, generate } from '../../runtime/generate.ts';
import { type Outcome, outcomeOf, type Run } from './outcome.ts';
import type { AblationSetting } from './setting.ts';

/**
 * Let the model write the list of every run. The lists of one template share a call, as they have the same limit on
 * new tokens.
 * @param unit of the progress
 * @param hook at which the runs' additions are made
 * @returns in the order of the runs
 */
export async function writeLists(
  setting: AblationSetting,
  runs: readonly Run[],
  unit: string,
  hook?: string,
): Promise<Outcome[]> {
  const outcomes = new Map<Run, Outcome>();
  const byTemplate = Map.groupBy(runs, ({ target }) => target.list.template);
  const groupsByTemplate = [...byTemplate.values()].map((templateRuns) => [
    ...Map.groupBy(templateRuns, outputKey).values(),
  ]);
  const total = groupsByTemplate.flat().length;
  let before = 0;
  for (const groups of groupsByTemplate) {
    const firstRuns = groups.map(([first]) => first!);
    const onProgress = (done: number) => setting.progress(before + done, total, unit);
    const completions = await complete(setting, firstRuns, { onProgress, hook });
    before += groups.length;
    groups.forEach((group, i) => {
      for (const run of group) outcomes.set(run, outcomeOf(run, completions[i]!, setting.form));
    });
  }
  return runs.map((run) => outcomes.get(run)!);
}

/** Runs with equal keys have the same output and are generated once: equal prompt and noise, and no additions. */
const outputKey = (run: Run): Run | string => {
  const { key, prompt, additions } = run.prompt;
  return additions && additions.length > 0 ? run : `${key} ${prompt.length}`;
};

interface WriteOptions {
  readonly onProgress: (done: number) => void;
  readonly hook: string | undefined;
}

const complete = (
  { study, reader, form }: AblationSetting,
  runs: readonly Run[],
  { onProgress, hook }: WriteOptions,
) =>
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
      batchSize: reader.batchSize * BATCH_FACTOR,
      onProgress,
      ...(hook !== undefined && { intervention: { hook } }),
    },
  );
