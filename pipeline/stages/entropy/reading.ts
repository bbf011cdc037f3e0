import type { completions } from '../../schema/completions.ts';
import { CONDITIONS, type Condition } from '../../schema/entropy-columns.ts';
import type { Row } from '../../schema/table.ts';
import { TEMPLATES, type TemplateName } from '../../schema/templates.ts';
import type { Tokenizer } from '../../sources/formats/tokenizer.ts';
import type { Study } from '../../study/study.ts';

export type List = Row<typeof completions>;

/** Lists of one template and temperature, read under one condition. */
export interface Pass {
  readonly condition: Condition;
  readonly lists: readonly List[];
  /** Whether the lists are of a template and temperature chosen for the `entropy` table. */
  readonly perItem: boolean;
}

/** A list as it is read under a condition. */
export interface Reading {
  readonly list: List;
  readonly condition: Condition;
  /** The template whose qualifier the prompt now has. */
  readonly template: TemplateName;
  /** Prompt and list. */
  readonly ids: readonly number[];
}

/** Every list is read clean; those chosen also corrupted. */
export function passesOf(
  lists: readonly List[],
  { entropy, sampling }: Pick<Study, 'entropy' | 'sampling'>,
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
  list: List,
  condition: Condition,
  templates: Study['templates'],
  tokenizer: Tokenizer,
): Reading {
  const { template, token_ids } = list;
  if (condition === 'clean') return { list, condition, template, ids: token_ids };
  const { qualifier, swapFor } = templates[template];
  if (qualifier === undefined || swapFor === undefined)
    throw new Error(`template ${template} has no qualifier to swap: give it one in the study file`);
  const at = token_ids.indexOf(tokenizer.id(qualifier));
  if (at < 0 || at >= list.n_prompt_tokens)
    throw new Error(
      `no "${qualifier}" token in the prompt of ${list.sample_id}: spell the qualifier as one token`,
    );
  const ids = token_ids.with(at, tokenizer.id(swapFor));
  const other = TEMPLATES.find((name) => templates[name].qualifier === swapFor)!;
  return { list, condition, template: other, ids };
}
