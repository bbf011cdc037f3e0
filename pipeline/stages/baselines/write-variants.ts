import { listMetrics } from '../../lists/list-metrics.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import { type Completion, generate } from '../../runtime/generate.ts';
import type { BaselineRow } from '../../schema/baselines.ts';
import type { Target } from '../ablate/target.ts';
import type { Setting } from './setting.ts';
import type { Condition, Variant } from './variants.ts';

/** A list as one method wrote it. */
export interface Written {
  readonly target: Target;
  readonly condition: Condition;
  readonly prompt: readonly number[];
  readonly completion: Completion;
}

/**
 * Let the model write the lists of several variants together, each on its own noise.
 * @param variants of one template and one intervention
 */
export async function writeVariants(
  { study, reader, form }: Setting,
  variants: readonly Variant[],
): Promise<Written[]> {
  const begun = variants.flatMap(({ method, layer, strength, targets, prompt, steering }) =>
    targets.map((target) => ({
      target,
      condition: { method, layer, strength },
      prompt: prompt(target),
      steering,
    })),
  );
  const prompts = begun.map(({ target, prompt, steering }) => ({
    key: target.list.sample_id,
    prompt,
    ...(steering && { steering }),
  }));
  const completions = await generate(reader.model, prompts, {
    provider: reader.provider,
    seed: study.seed,
    temperature: study.sampling.temperature,
    topP: study.sampling.topP,
    maxNewTokens: begun[0]!.target.maxNewTokens,
    stopIds: form.stopIds,
    batchSize: reader.batchSize,
    intervention: variants[0]!.intervention,
  });
  return begun.map(({ target, condition, prompt }, i) => {
    return { target, condition, prompt, completion: completions[i]! };
  });
}

/** The list that the study began with. */
export function baselineOf(target: Target): Written {
  const { token_ids, n_prompt_tokens, ended } = target.list;
  return {
    target,
    condition: { method: 'baseline', layer: null, strength: null },
    prompt: token_ids.slice(0, n_prompt_tokens),
    completion: { ids: token_ids.slice(n_prompt_tokens), ended },
  };
}

/** A list with all that is measured of it. */
export interface Outcome {
  readonly topic: string;
  readonly row: BaselineRow;
  /** Its items, in the form in which two spellings are equal. */
  readonly items: readonly string[];
}

export function outcomeOf(
  { target, condition, prompt, completion }: Written,
  crossEntropy: number,
  form: TokenForm,
): Outcome {
  const ids = [...prompt, ...completion.ids];
  const list = { ids, promptLength: prompt.length, ended: completion.ended };
  const { metrics, items } = listMetrics(list, form);
  const row = {
    sample_id: target.list.sample_id,
    ...condition,
    ...metrics,
    cross_entropy: crossEntropy,
    n_prompt_tokens: prompt.length,
    token_ids: ids,
  };
  return { topic: target.list.topic, row, items };
}
