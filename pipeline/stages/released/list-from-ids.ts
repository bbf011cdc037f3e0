import type { TokenForm } from '../../lists/token-form.ts';
import { type List, listOf } from '../generate/list-rows.ts';
import { type Sample, type SampleKey, sampleIdOf } from '../generate/samples.ts';

/**
 * One list from its tokens. The author's runs went on to `<eos>`; a list ends with the first token that ends a turn, and
 * the prompt is whatever stands before the answer's opening, it included.
 * @param ids prompt and completion
 */
export function listFromIds(key: SampleKey, ids: readonly number[], form: TokenForm): List {
  const start = ids.indexOf(form.openingId);
  if (start < 0) throw new Error(`a list of ${key.topic} has no hyphen: fetch the file again`);
  const stop = ids.findIndex((id, pos) => pos > start && form.stopIds.includes(id));
  const ended = stop >= 0;
  const sample: Sample = { id: sampleIdOf(key), ...key, prompt: ids.slice(0, start + 1) };
  const completion = { ids: ids.slice(start + 1, ended ? stop + 1 : undefined), ended };
  return listOf(sample, completion, form);
}
