import { crossEntropy } from '../../interp/cross-entropy.ts';
import type { DamageRow } from '../../schema/ablation-damage.ts';
import type { ablations } from '../../schema/ablations.ts';
import { DAMAGE_ARMS } from '../../schema/damage-columns.ts';
import type { Row } from '../../schema/table.ts';
import { type ListRow, listsById } from '../lists-by-id.ts';
import type { Setting } from './setting.ts';
import type { Written } from './write-variants.ts';

/** A completion, and the list in whose place it stands. */
export interface Answer {
  readonly list: ListRow;
  /** Its tokens, the stop token included. */
  readonly completion: readonly number[];
}

/**
 * The cross-entropy of each answer after the prompt of its list, whatever prompt it was written after; the same answer
 * to the same prompt is read once.
 * @returns nats a token, in the order of the answers
 */
export async function damageOf({ reader }: Setting, answers: readonly Answer[]): Promise<number[]> {
  const keys = answers.map(({ list, completion }) => `${list.sample_id} ${completion.join()}`);
  const distinct = new Map(answers.map((answer, i) => [keys[i]!, answer]));
  const readings = [...distinct.values()].map(({ list, completion }) => ({
    prompt: list.token_ids.slice(0, list.n_prompt_tokens),
    completion,
  }));
  const found = await crossEntropy(reader, readings);
  const byKey = new Map([...distinct.keys()].map((key, i) => [key, found[i]!]));
  return keys.map((key) => byKey.get(key)!);
}

export const answerOf = ({ target, completion }: Written): Answer => ({
  list: target.list,
  completion: completion.ids,
});

type AblatedRow = Row<typeof ablations>;

/** SQL: the rows of ablations that are judged. */
export const judgedArms = ({ k }: Setting['study']['ablation']): string =>
  `protocol = 'from-prompt' AND arm IN (${DAMAGE_ARMS.map((arm) => `'${arm}'`)})
  AND coalesce(k, ${k}) = ${k} AND coalesce(draw, 0) = 0`;

export function ablatedAnswers(rows: readonly AblatedRow[], lists: readonly ListRow[]): Answer[] {
  const listOf = listsById(lists);
  return rows.map(({ sample_id, token_ids }) => {
    const list = listOf.get(sample_id)!;
    return { list, completion: token_ids.slice(list.n_prompt_tokens) };
  });
}

/** @param rows those that `judgedArms` holds for */
export const damageRows = (
  rows: readonly AblatedRow[],
  crossEntropies: readonly number[],
): DamageRow[] =>
  rows.map(({ sample_id, sae_id, protocol, arm }, i) => {
    const condition = { sae_id, protocol, arm } as Pick<DamageRow, 'sae_id' | 'protocol' | 'arm'>;
    return { sample_id, ...condition, cross_entropy: crossEntropies[i]! };
  });
