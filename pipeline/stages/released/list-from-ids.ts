import type { TokenForm } from '../../lists/token-form.ts';
import { type List, listOf } from '../generate/list-rows.ts';
import { type Sample, type SampleKey, sampleIdOf } from '../generate/samples.ts';

/**
 * One list from its token ids. The prompt is everything up to and including the answer's opening. The author's runs
 * continue to `<eos>`; the list ends with the first stop token after the opening.
 * @param ids prompt and completion
 * @throws if the ids have no opening
 */
export function listFromIds(key: SampleKey, ids: readonly number[], form: TokenForm): List {
  const [opening] = form.openingIds;
  const start = opening === undefined ? -1 : ids.indexOf(opening);
  if (start < 0) throw new Error(`a list of ${key.topic} has no hyphen: fetch the file again`);
  const stop = ids.findIndex((id, pos) => pos > start && form.stopIds.includes(id));
  const ended = stop >= 0;
  const sample: Sample = { id: sampleIdOf(key), ...key, prompt: ids.slice(0, start + 1) };
  const completion = { ids: ids.slice(start + 1, ended ? stop + 1 : undefined), ended };
  return listOf(sample, completion, form);
}
