import { listMetrics } from '../../lists/list-metrics.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { AblationRow } from '../../schema/ablations.ts';
import type { ListRow } from '../lists-by-id.ts';
import type { Resampled } from './effects.ts';

/** SQL: the rows of `ablations` that were written from the prompt with other random draws and no edit. */
export const RESAMPLED = `protocol = 'from-prompt' AND arm = 'resampled'`;

/** A resampled list with its metrics. @param listOf by `sample_id` */
export function resampledOf(
  { sample_id, draw, token_ids, ended }: AblationRow,
  listOf: ReadonlyMap<string, ListRow>,
  form: TokenForm,
): Resampled {
  const { topic, n_prompt_tokens } = listOf.get(sample_id)!;
  const written = { ids: token_ids, promptLength: n_prompt_tokens, ended };
  const { metrics, items } = listMetrics(written, form);
  const condition = { layer: null, strength: null, draw };
  return { topic, row: { sample_id, ...condition, ...metrics, n_prompt_tokens, token_ids }, items };
}
