import type { Keep } from '../../engine/kept.ts';
import type { Progress } from '../../engine/progress.ts';
import { listMetrics } from '../../lists/list-metrics.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import { BATCH_FACTOR, type Completion, generate } from '../../runtime/generate.ts';
import type { BaselineRow } from '../../schema/baselines.ts';
import { noiseKey } from '../ablate/arms.ts';
import type { Target } from '../ablate/target.ts';
import type { MeasuredList } from '../differences.ts';
import type { BaselineSetting } from './setting.ts';
import type { Condition, Variant } from './variants.ts';

/** A list as one variant wrote it. */
export interface Written {
  readonly target: Target;
  readonly condition: Condition;
  /** Index of its noise, which is that of edited lists in `8-ablate`; null for that of the sampled list. */
  readonly draw: number | null;
  readonly prompt: readonly number[];
  readonly completion: Completion;
}

/** Variants that share a session, with its number among those of the study. */
export interface VariantGroup {
  readonly number: number;
  readonly variants: readonly Variant[];
}

export const groupsOf = (variants: readonly Variant[]): VariantGroup[] =>
  [...Map.groupBy(variants, sessionKey).values()].map((group, number) => ({
    number,
    variants: group,
  }));

/** Let the model write the lists of some groups of variants. */
export async function writeVariants(
  setting: BaselineSetting,
  groups: readonly VariantGroup[],
  { keep, progress }: { readonly keep: Keep; readonly progress: Progress },
): Promise<Written[]> {
  const written: Written[] = [];
  for (const [i, { number, variants }] of groups.entries()) {
    const runs = variants.flatMap(runsOf);
    const completions = await keep(`variants-${number}`, () =>
      complete(setting, variants[0]!, runs),
    );
    written.push(...runs.map((run, j) => ({ ...run, completion: completions[j]! })));
    progress(i + 1, groups.length, 'interventions');
  }
  return written;
}

/** Variants with equal keys share a session: one template, and one steering site or one logit bias. */
function sessionKey({ intervention, targets }: Variant): unknown {
  const { steerAt, logitBias } = intervention;
  return logitBias ?? `${targets[0]!.list.template} ${steerAt?.hook}`;
}

/** A list to be written by one variant. */
interface Run extends Omit<Written, 'completion'> {
  readonly steering: Float32Array | undefined;
}

const runsOf = ({ method, layer, strength, targets, draws, prompt, steering }: Variant): Run[] =>
  targets.flatMap((target) =>
    draws.map((draw) => ({
      target,
      condition: { method, layer, strength },
      draw,
      prompt: prompt(target),
      steering,
    })),
  );

/** @param runs of variants that share one template and one intervention */
function complete(
  { study, reader, form }: BaselineSetting,
  { intervention }: Variant,
  runs: readonly Run[],
): Promise<Completion[]> {
  const prompts = runs.map(({ target: { list }, draw, prompt, steering }) => ({
    key: draw === null ? list.sample_id : noiseKey(list.sample_id, 'edited', draw),
    prompt,
    ...(steering && { steering }),
  }));
  return generate(reader.model, prompts, {
    provider: reader.provider,
    seed: study.seed,
    temperature: study.sampling.temperature,
    topP: study.sampling.topP,
    maxNewTokens: runs[0]!.target.maxNewTokens,
    stopIds: form.stopIds,
    batchSize: reader.batchSize * BATCH_FACTOR,
    intervention,
  });
}

/** The sampled list itself, as the baseline. */
export function baselineOf(target: Target): Written {
  const { token_ids, n_prompt_tokens, ended } = target.list;
  return {
    target,
    condition: { method: 'baseline', layer: null, strength: null },
    draw: null,
    prompt: token_ids.slice(0, n_prompt_tokens),
    completion: { ids: token_ids.slice(n_prompt_tokens), ended },
  };
}

/** A list as one variant wrote it, with its metrics. */
export type Outcome = MeasuredList<BaselineRow>;

/** @param crossEntropy of the answer, nats per token */
export function outcomeOf(
  { target, condition, draw, prompt, completion }: Written,
  crossEntropy: number,
  form: TokenForm,
): Outcome {
  const ids = [...prompt, ...completion.ids];
  const list = { ids, promptLength: prompt.length, ended: completion.ended };
  const { metrics, items } = listMetrics(list, form);
  const row = {
    sample_id: target.list.sample_id,
    ...condition,
    draw,
    ...metrics,
    cross_entropy: crossEntropy,
    n_prompt_tokens: prompt.length,
    token_ids: ids,
  };
  return { topic: target.list.topic, row, items };
}
