import type { Target } from '../../pipeline/stages/ablate/target.ts';
import type { ListRow } from '../../pipeline/stages/lists-by-id.ts';

/** A short list of a topic, as a row of `completions`. */
export const listRow = (
  topic: string,
  replicate: number,
  changes: Partial<ListRow> = {},
): ListRow => ({
  sample_id: `${topic} short ${replicate}`,
  template: 'short',
  topic,
  temperature: 0.8,
  replicate,
  n_items: 4,
  n_tokens: 12,
  n_repeats: 0,
  loops: false,
  ended: true,
  n_prompt_tokens: 10,
  text: '',
  token_ids: [],
  ...changes,
});

/** The same as a list whose end is attributed. */
export const targetOf = (topic: string, replicate: number): Target => ({
  list: listRow(topic, replicate),
  metricPos: 20,
  kept: { 'from-prompt': 10, continue: 18 },
  maxNewTokens: 30,
});
