import type { TableAccess } from '../../engine/stage.ts';
import type { QualityReading } from '../../interp/sae-quality/tally.ts';
import { TEMPLATES } from '../../schema/templates.ts';
import { tokens } from '../../schema/tokens.ts';
import type { Settings } from '../../study/study.ts';
import { groupByList, type ListRow, listsAtTemperature } from '../lists-by-id.ts';
import { ofLists } from '../of-lists.ts';

/** Lists with the kinds of their tokens. */
export async function qualityReadings(
  lists: readonly ListRow[],
  read: TableAccess['read'],
): Promise<QualityReading[]> {
  const tokensOf = groupByList(await read(tokens, ofLists(lists)));
  return lists.map(({ sample_id, token_ids }) => ({
    ids: token_ids,
    kinds: (tokensOf.get(sample_id) ?? []).map(({ kind }) =>
      kind === 'prompt' ? [kind] : [kind, 'answer'],
    ),
  }));
}

/**
 * The first list of each topic and template: a sample, as each SAE needs passes of its own for the spliced loss. Where the
 * study asks for one list of each topic, the templates take turns.
 */
export function measuredLists(
  lists: readonly ListRow[],
  { sampling, saes }: Pick<Settings, 'sampling' | 'saes'>,
): ListRow[] {
  const first = TEMPLATES.flatMap((template) =>
    listsAtTemperature(lists, sampling.temperature, [template]).filter(
      (list) => list.replicate === 0,
    ),
  );
  if (saes.measuredOn !== 'topics') return first;
  const topics = [...new Set(first.map(({ topic }) => topic))];
  return topics.map((topic, i) => {
    const ofTopic = first.filter((list) => list.topic === topic);
    return ofTopic[i % ofTopic.length]!;
  });
}
