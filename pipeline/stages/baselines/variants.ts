import { type SteeringVector, steeringHook } from '../../interp/steering.ts';
import { dropQualifier } from '../../lists/qualifier.ts';
import type { Intervention } from '../../runtime/intervention.ts';
import type { Method } from '../../schema/baseline-columns.ts';
import type { BaselineRow } from '../../schema/baselines.ts';
import type { VectorRow } from '../../schema/steering-vectors.ts';
import { promptOf, type Target } from '../ablate/target.ts';
import { readingOf, swapOf, withPromptLength } from '../entropy/reading.ts';
import type { Setting } from './setting.ts';
import type { Cell } from './vectors.ts';

/** The columns of `baselines` that say which method this is. */
export type Condition = Pick<BaselineRow, 'method' | 'layer' | 'strength'>;

/** One method at one strength, with the lists of one template that it is tried on. */
export interface Variant extends Condition {
  readonly targets: readonly Target[];
  readonly intervention: Intervention;
  /** [d]: added where the intervention steers. */
  readonly steering?: Float32Array;
  /** The prompt that it starts from. */
  readonly prompt: (target: Target) => readonly number[];
}

/**
 * Everything that is tried on the lists of one template. Only edits of the word are tried on all: what is swept, or
 * writes on to the limit, on the first list of each topic.
 */
export function variantsOf(
  at: Setting,
  { targets, vectors }: Pick<Cell, 'targets' | 'vectors'>,
): Variant[] {
  const first = targets.filter(({ list }) => list.replicate === 0);
  const steering = [...vectors].flatMap(([method, layers]) => steerings(at, method, layers, first));
  const variants = [...steering, ...restrictions(at, first), ...wordEdits(at, targets)];
  // Where no topic's first list has ended, there is nothing to sweep.
  return variants.filter((variant) => variant.targets.length > 0);
}

const ownPrompt = (target: Target) => promptOf(target, 'from-prompt').prompt;

const steerings = (
  { study, reader }: Setting,
  method: VectorRow['method'],
  vectors: readonly SteeringVector[],
  targets: readonly Target[],
): Variant[] =>
  vectors.flatMap(({ vector }, layer) =>
    study.baselines.strengths.map((strength) => ({
      method,
      layer,
      strength,
      targets,
      intervention: { steerAt: { hook: steeringHook(layer), from: reader.uncounted } },
      steering: vector.map((x) => strength * x),
      prompt: ownPrompt,
    })),
  );

/** Sampling with some tokens' logits lowered, or without these tokens. */
function restrictions({ study, reader, form }: Setting, targets: readonly Target[]): Variant[] {
  const ends = form.stopIds;
  const itemEnd = form.events.item.end;
  const lower = (ids: readonly number[], by: number): Intervention => {
    const logitBias = new Float32Array(reader.model.dims.dVocab);
    for (const id of ids) logitBias[id] = -by;
    return { logitBias };
  };
  const common = { layer: null, targets, prompt: ownPrompt };
  const ban = (method: Method, ids: readonly number[]): Variant => {
    const intervention = lower(ids, Number.POSITIVE_INFINITY);
    return { ...common, method, strength: null, intervention };
  };
  return [
    ...study.baselines.endLogits.map((strength): Variant => {
      return { ...common, method: 'end_logit', strength, intervention: lower(ends, strength) };
    }),
    ban('ban_end', ends),
    ban('ban_blank', [itemEnd]),
    ban('ban_both', [...ends, itemEnd]),
  ];
}

/** The qualifier replaced by the other one, and left out. */
function wordEdits({ study, form }: Setting, targets: readonly Target[]): Variant[] {
  const edit = (method: Method, prompt: Variant['prompt']): Variant => {
    return { method, layer: null, strength: null, targets, intervention: {}, prompt };
  };
  const swapped = ({ list }: Target) =>
    readingOf(list, 'corrupted', study.templates, form).ids.slice(0, list.n_prompt_tokens);
  const dropped = ({ list }: Target) => {
    const { qualifier } = swapOf(study.templates, list.template);
    const prompted = {
      ...withPromptLength(list),
      ids: list.token_ids.slice(0, list.n_prompt_tokens),
    };
    return dropQualifier(prompted, qualifier, form);
  };
  return [edit('swap_word', swapped), edit('drop_word', dropped)];
}
