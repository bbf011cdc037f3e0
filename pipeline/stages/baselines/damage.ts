import type { Progress } from '../../engine/progress.ts';
import { crossEntropy } from '../../interp/cross-entropy.ts';
import type { DamageRow } from '../../schema/ablation-damage.ts';
import type { ablations } from '../../schema/ablations.ts';
import { DAMAGE_ARMS } from '../../schema/damage-columns.ts';
import type { Row } from '../../schema/table.ts';
import { type ListRow, listsById } from '../lists-by-id.ts';
import type { BaselineSetting } from './setting.ts';
import type { Written } from './write-variants.ts';

/** An answer written under an edit. */
export interface EditedAnswer {
  /** The sampled list whose prompt the answer is scored after. */
  readonly list: ListRow;
  /** Token ids of the answer, stop token included. */
  readonly completion: readonly number[];
}

/**
 * The cross-entropy of each answer under the unedited model and the prompt of its list, whatever prompt it was written
 * after. Equal answers to the same prompt are computed once.
 * @returns nats per token, in the order of the answers
 */
export async function crossEntropiesOf(
  { reader }: BaselineSetting,
  answers: readonly EditedAnswer[],
  progress: Progress,
): Promise<number[]> {
  const keys = answers.map(({ list, completion }) => `${list.sample_id} ${completion.join()}`);
  const distinct = new Map(answers.map((answer, i) => [keys[i]!, answer]));
  const readings = [...distinct.values()].map(({ list, completion }) => ({
    prompt: list.token_ids.slice(0, list.n_prompt_tokens),
    completion,
  }));
  const crossEntropies = await crossEntropy(reader, readings, (done) =>
    progress(done, readings.length, 'answers scored'),
  );
  const byKey = new Map([...distinct.keys()].map((key, i) => [key, crossEntropies[i]!]));
  return keys.map((key) => byKey.get(key)!);
}

export const answerOf = ({ target, completion }: Written): EditedAnswer => ({
  list: target.list,
  completion: completion.ids,
});

type AblatedRow = Row<typeof ablations>;

/** SQL: the rows of `ablations` whose answers are scored: the sampled lists, and the first of those written again. */
export const scoredAblations = ({ k }: BaselineSetting['study']['ablation']): string =>
  `protocol = 'from-prompt' AND arm IN (${DAMAGE_ARMS.map((arm) => `'${arm}'`)})
  AND coalesce(k, ${k}) = ${k} AND (draw IS NULL OR draw = 0)`;

/** The rows of the lists that the study scores: of all, or of the first of each topic. */
export function scoredLists(
  rows: readonly AblatedRow[],
  lists: readonly ListRow[],
  { baselines: { scored } }: BaselineSetting['study'],
): AblatedRow[] {
  if (scored !== 'first lists') return [...rows];
  const listOf = listsById(lists);
  return rows.filter(({ sample_id }) => listOf.get(sample_id)!.replicate === 0);
}

export function ablatedAnswers(
  rows: readonly AblatedRow[],
  lists: readonly ListRow[],
): EditedAnswer[] {
  const listOf = listsById(lists);
  return rows.map(({ sample_id, token_ids }) => {
    const list = listOf.get(sample_id)!;
    return { list, completion: token_ids.slice(list.n_prompt_tokens) };
  });
}

/**
 * @param rows those that `scoredAblations` selects
 * @param crossEntropies nats per token, one for each row
 */
export const damageRows = (
  rows: readonly AblatedRow[],
  crossEntropies: readonly number[],
): DamageRow[] =>
  rows.map(({ sample_id, sae_id, protocol, arm }, i) => {
    const condition = { sae_id, protocol, arm } as Pick<DamageRow, 'sae_id' | 'protocol' | 'arm'>;
    return { sample_id, ...condition, cross_entropy: crossEntropies[i]! };
  });
