import { type Prompted, type Swap, swapQualifier } from '../../lists/qualifier.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import { CONDITIONS, type Condition } from '../../schema/entropy-columns.ts';
import { TEMPLATES, type TemplateName } from '../../schema/templates.ts';
import type { Settings } from '../../study/study.ts';
import type { ListRow } from '../lists-by-id.ts';

/** TokenForm of one template and temperature, read under one condition. */
export interface Pass {
  readonly condition: Condition;
  readonly lists: readonly ListRow[];
  /** Whether the lists are of a template and temperature chosen for the `entropy` table. */
  readonly perItem: boolean;
}

/** A list as it is read under a condition. */
export interface Reading {
  readonly list: ListRow;
  readonly condition: Condition;
  /** The template whose qualifier the prompt now has. */
  readonly template: TemplateName;
  /** Prompt and list. */
  readonly ids: readonly number[];
}

/** Every list is read clean; those chosen also corrupted. */
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
 * A list's tokens after its own prompt, or after one whose qualifier is swapped.
 * @throws where the tokenizer lacks a qualifier, or the prompt has none
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
  return { list, condition, template: other, ids: swapQualifier(promptedBy(list), swap, form) };
}

/** The qualifier of a template, and what it is swapped for. @throws where it has none */
export function swapOf(templates: Settings['templates'], template: TemplateName): Swap {
  const { qualifier, swapFor } = templates[template];
  if (qualifier !== undefined && swapFor !== undefined) return { qualifier, swapFor };
  throw new Error(`template ${template} has no qualifier to swap: give it one in the study file`);
}

export const promptedBy = ({ sample_id, token_ids, n_prompt_tokens }: ListRow): Prompted => ({
  sampleId: sample_id,
  ids: token_ids,
  promptLength: n_prompt_tokens,
});
