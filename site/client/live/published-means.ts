import type { Arm, Asked } from './messages.ts';

/** Mean items of the study's own lists, by the prompt's word. */
export type PublishedMeans = Readonly<Record<Arm, Readonly<Record<string, number>>>>;

/**
 * The means that stand beside a reader's lists: those of the study's lists of the same kind, which are all at one
 * temperature, and edited in one way.
 * @param study the study's temperature, and the choice that has its edit
 */
export function meansBeside(
  published: PublishedMeans,
  asked: Asked,
  study: { readonly temperature: number; readonly first: Asked },
): Partial<Record<Arm, number>> {
  if (asked.temperature !== study.temperature) return {};
  const [trained, edited] = [published.trained[asked.word], published.edited[asked.word]];
  return {
    ...(trained !== undefined && { trained }),
    ...(edited !== undefined && editOf(asked) === editOf(study.first) && { edited }),
  };
}

const editOf = ({ factors, random, steering, where }: Asked): string =>
  JSON.stringify([factors, random, steering, where]);
