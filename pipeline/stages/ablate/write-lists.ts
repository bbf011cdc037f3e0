import { BATCH_FACTOR, generate } from '../../runtime/generate.ts';
import { type Outcome, outcomeOf, type Run } from './outcome.ts';
import type { AblationSetting } from './setting.ts';

/**
 * Let the model write the list of every run. The lists of one template share a call, as they have the same limit on
 * new tokens.
 * @param hook at which the runs' additions are made
 * @returns in the order of the runs
 */
export async function writeLists(
  setting: AblationSetting,
  runs: readonly Run[],
  hook?: string,
): Promise<Outcome[]> {
  const outcomes = new Map<Run, Outcome>();
  const byTemplate = Map.groupBy(runs, ({ target }) => target.list.template);
  for (const templateRuns of byTemplate.values()) {
    const groups = [...Map.groupBy(templateRuns, outputKey).values()];
    const firstRuns = groups.map(([first]) => first!);
    const completions = await complete(setting, firstRuns, hook);
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

const complete = ({ study, reader, form }: AblationSetting, runs: readonly Run[], hook?: string) =>
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
      ...(hook !== undefined && { intervention: { hook } }),
    },
  );
