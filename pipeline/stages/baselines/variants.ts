import { type SteeringVector, steeringHook } from '../../interp/steering.ts';
import { dropQualifier } from '../../lists/qualifier.ts';
import type { Intervention } from '../../runtime/intervention.ts';
import type { Method } from '../../schema/baseline-columns.ts';
import type { BaselineRow } from '../../schema/baselines.ts';
import type { VectorRow } from '../../schema/steering-vectors.ts';
import { promptOf, type Target } from '../ablate/target.ts';
import { readingOf, swapOf, withPromptLength } from '../entropy/reading.ts';
import type { BaselineSetting } from './setting.ts';
import type { SteeringCell } from './vectors.ts';

/** The columns of `baselines` that identify a method and its strength. */
export type Condition = Pick<BaselineRow, 'method' | 'layer' | 'strength'>;

/** One method at one strength, with the lists of one template that it is applied to. */
export interface Variant extends Condition {
  readonly targets: readonly Target[];
  /** The noise that each list is written on: that of edited lists by its index, or its own, null, where nothing may change. */
  readonly draws: readonly (number | null)[];
  readonly intervention: Intervention;
  /** [d_model]: the vector added at the intervention's steering site. */
  readonly steering?: Float32Array;
  /** Token ids of the prompt that the list is written after. */
  readonly prompt: (target: Target) => readonly number[];
}

/**
 * Every variant for the lists of one template. Edits of the prompt apply to all lists; methods that are swept over
 * strengths, or that write up to the token limit, apply to the first list of each topic.
 */
export function variantsOf(
  setting: BaselineSetting,
  { targets, vectors }: Pick<SteeringCell, 'targets' | 'vectors'>,
): Variant[] {
  const firstLists = targets.filter(({ list }) => list.replicate === 0);
  const variants = [
    ...[...vectors].flatMap(([method, layers]) =>
      steeringVariants(setting, method, layers, firstLists),
    ),
    ...logitVariants(setting, firstLists),
    ...promptVariants(setting, targets),
  ];
  // No topic's first list may have ended.
  return variants.filter((variant) => variant.targets.length > 0);
}

/** Of strength 0, the list's own noise: it must be written as it was. */
const onceAt = (strength: number): (number | null)[] => [strength === 0 ? null : 0];

const unchangedPrompt = (target: Target) => promptOf(target, 'from-prompt').prompt;

/** The steering vector of each layer at each strength. */
const steeringVariants = (
  { study, reader }: BaselineSetting,
  method: VectorRow['method'],
  vectors: readonly SteeringVector[],
  targets: readonly Target[],
): Variant[] =>
  (study.baselines.layers ?? [...vectors.keys()]).flatMap((layer) =>
    study.baselines.strengths.map((strength) => ({
      method,
      layer,
      strength,
      targets,
      draws: onceAt(strength),
      intervention: { steerAt: { hook: steeringHook(layer), from: reader.uncounted } },
      steering: vectorAt(vectors, layer).vector.map((x) => strength * x),
      prompt: unchangedPrompt,
    })),
  );

/** @throws where the model has no such layer */
function vectorAt(vectors: readonly SteeringVector[], layer: number): SteeringVector {
  const vector = vectors[layer];
  if (vector !== undefined) return vector;
  throw new Error(
    `baselines.layers: ${layer}: the model has ${vectors.length} layers: name others`,
  );
}

/** Stop tokens with lowered logits; stop tokens, the token of the event `end` after an item, or both banned. */
function logitVariants(
  { study, reader, form }: BaselineSetting,
  targets: readonly Target[],
): Variant[] {
  const { stopIds } = form;
  const itemEnd = form.events.item.end;
  const lower = (ids: readonly number[], by: number): Intervention => {
    const logitBias = new Float32Array(reader.model.dims.dVocab);
    for (const id of ids) logitBias[id] = -by;
    return { logitBias };
  };
  const common = { layer: null, targets, prompt: unchangedPrompt };
  const ban = (method: Method, ids: readonly number[]): Variant => {
    const intervention = lower(ids, Number.POSITIVE_INFINITY);
    return { ...common, method, strength: null, draws: [0], intervention };
  };
  return [
    ...study.baselines.endLogits.map((strength): Variant => {
      const intervention = lower(stopIds, strength);
      return { ...common, method: 'end_logit', strength, draws: onceAt(strength), intervention };
    }),
    ban('ban_end', stopIds),
    ban('ban_blank', [itemEnd]),
    ban('ban_both', [...stopIds, itemEnd]),
  ];
}

/** The prompt's qualifier replaced by the other one, or dropped. */
function promptVariants({ study, form }: BaselineSetting, targets: readonly Target[]): Variant[] {
  const draws = Array.from({ length: study.ablation.controls.written }, (_, draw) => draw);
  const edit = (method: Method, prompt: Variant['prompt']): Variant => {
    return { method, layer: null, strength: null, targets, draws, intervention: {}, prompt };
  };
  const swapped = ({ list }: Target) =>
    readingOf(list, 'corrupted', study.templates, form).ids.slice(0, list.n_prompt_tokens);
  const dropped = ({ list }: Target) => {
    const { qualifier } = swapOf(study.templates, list.template);
    const ids = list.token_ids.slice(0, list.n_prompt_tokens);
    return dropQualifier({ ...withPromptLength(list), ids }, qualifier, form);
  };
  return [edit('swap_word', swapped), edit('drop_word', dropped)];
}
