import { type PromptedSequence, type Swap, swapQualifier } from '../../lists/qualifier.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import { CONDITIONS, type Condition } from '../../schema/entropy-columns.ts';
import { TEMPLATES, type TemplateName } from '../../schema/templates.ts';
import type { Settings } from '../../study/study.ts';
import type { ListRow } from '../lists-by-id.ts';

/** The lists of one template and temperature, all read under one condition. */
export interface Pass {
  readonly condition: Condition;
  readonly lists: readonly ListRow[];
  /** Whether these lists also get rows in the `entropy` table, one per item and position kind. */
  readonly perItem: boolean;
}

/** The tokens that the model is run on for one list under one condition. */
export interface Reading {
  readonly list: ListRow;
  readonly condition: Condition;
  /** The template whose qualifier is in the prompt that is read. */
  readonly template: TemplateName;
  /** Prompt and answer. */
  readonly ids: readonly number[];
}

/** Every list is read clean; lists of the chosen templates at the main temperature also corrupted. */
export function passesOf(
  lists: readonly ListRow[],
  { entropy, sampling }: Pick<Settings, 'entropy' | 'sampling'>,
): Pass[] {
  const cells = Map.groupBy(lists, ({ template, temperature }) => `${template} ${temperature}`);
  return [...cells.values()].flatMap((cell) => {
    const { template, temperature } = cell[0]!;
    const perItem = temperature === sampling.temperature && entropy.templates.includes(template);
    const conditions = perItem ? CONDITIONS : (['clean'] as const);
    return conditions.map((condition) => ({ condition, lists: cell, perItem }));
  });
}

/**
 * A list after its own prompt (clean), or after the prompt with its qualifier swapped (corrupted).
 * @throws if the tokenizer lacks a qualifier, or the prompt contains none
 */
export function readingOf(
  list: ListRow,
  condition: Condition,
  templates: Settings['templates'],
  form: TokenForm,
): Reading {
  const { template } = list;
  if (condition === 'clean') return { list, condition, template, ids: list.token_ids };
  const swap = swapOf(templates, template);
  const other = TEMPLATES.find((name) => templates[name].qualifier === swap.swapFor)!;
  return {
    list,
    condition,
    template: other,
    ids: swapQualifier(withPromptLength(list), swap, form),
  };
}

/** A template's qualifier and its replacement. @throws if the template has no qualifier */
export function swapOf(templates: Settings['templates'], template: TemplateName): Swap {
  const { qualifier, swapFor } = templates[template];
  if (qualifier !== undefined && swapFor !== undefined) return { qualifier, swapFor };
  throw new Error(`template ${template} has no qualifier to swap: give it one in the study file`);
}

/** A list in the shape that `lists/qualifier.ts` takes. */
export const withPromptLength = ({
  sample_id,
  token_ids,
  n_prompt_tokens,
}: ListRow): PromptedSequence => ({
  sampleId: sample_id,
  ids: token_ids,
  promptLength: n_prompt_tokens,
});
