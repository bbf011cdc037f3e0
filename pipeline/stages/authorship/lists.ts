import type { AuthoredList, AuthoredLists } from '../../lists/authored-list.ts';
import { isPlainText } from '../../lists/plain-text.ts';
import { isSpellable, type SpelledList, spellList } from '../../lists/spell-list.ts';
import { promptFor, type TokenForm } from '../../lists/token-form.ts';
import { AUTHORED_TEMPLATES, BY_HAND, OWN } from '../../schema/authorship-columns.ts';
import type { AuthorshipListRow } from '../../schema/authorship-lists.ts';
import { topicId } from '../../schema/topic-id.ts';
import { userMessage } from '../../study/message.ts';
import type { Settings } from '../../study/study.ts';
import { type ItemRow, type ListRow, listsAtTemperature } from '../lists-by-id.ts';
import { type Candidate, derivedLists } from './derived-lists.ts';

/** A list in the tokens of the model that reads it, after the model's own prompt for it. */
export interface AuthoredReading extends SpelledList {
  /** Its row of `authorship_lists`. */
  readonly row: AuthorshipListRow;
  /** The name of each item. */
  readonly names: readonly string[];
  /** Number of tokens of the prompt. */
  readonly promptLength: number;
}

type ListSettings = Pick<Settings, 'seed' | 'topics' | 'templates' | 'sampling'>;

/** The first list of each topic and template that the model wrote. @param itemsOf by `sample_id` */
export const ownLists = (
  lists: readonly ListRow[],
  itemsOf: ReadonlyMap<string, readonly ItemRow[]>,
  { sampling }: Pick<Settings, 'sampling'>,
): AuthoredList[] =>
  AUTHORED_TEMPLATES.flatMap((template) =>
    listsAtTemperature(lists, sampling.temperature, [template])
      .filter(({ replicate }) => replicate === 0)
      .map(({ sample_id, topic, ended }) => ({
        author: OWN,
        topic,
        template,
        items: (itemsOf.get(sample_id) ?? []).map(({ text }) => text),
        ended,
      })),
  );

/** Every list that is to be read, in the order of authors, topics and templates. */
export function candidatesOf(
  own: readonly AuthoredList[],
  others: readonly AuthoredLists[],
  { seed, topics }: ListSettings,
): Candidate[] {
  const longByHand = others
    .filter(({ author }) => author === BY_HAND)
    .flatMap(({ lists }) => lists.filter(({ template }) => template === 'long'));
  const byHand = (topic: string) =>
    longByHand.flatMap((list) => (list.topic === topic ? list.items : []));
  return [
    ...own.map((list) => ({ ...list, reason: null })),
    ...own.flatMap((list) => derivedLists(list, { byHand: byHand(list.topic), seed })),
    ...others.flatMap((source) =>
      topics.flatMap((topic) =>
        AUTHORED_TEMPLATES.map((template) => fromSource(source, topic, template)),
      ),
    ),
  ];
}

function fromSource(
  { author, lists, absent }: AuthoredLists,
  topic: string,
  template: AuthoredList['template'],
): Candidate {
  const found = lists.find((list) => list.topic === topic && list.template === template);
  if (found !== undefined) return { ...found, reason: null };
  return { author, topic, template, reason: absent ?? 'no list of the topic' };
}

/**
 * A list in the reader's tokens, without the items that its vocabulary cannot spell or reads as special tokens; where these are more than half, or
 * where there is no item, or where it is longer than the model's positions, it is not read.
 */
export function spellCandidate(
  candidate: Candidate,
  { templates }: Pick<Settings, 'templates'>,
  { form, maxPositions }: { readonly form: TokenForm; readonly maxPositions: number },
): AuthoredReading {
  const { author, topic, template } = candidate;
  const prompt = promptFor(userMessage(templates[template], topic), form);
  const items = candidate.reason === null ? candidate.items : [];
  const known = items.filter((name) => isSpellable(name, form) && isPlainText(name, form));
  const nUnknown = items.length - known.length;
  const whole = spellList(prompt, known, form);
  const reason =
    candidate.reason ??
    reasonAgainst(known.length, nUnknown) ??
    (whole.ids.length > maxPositions ? 'longer than the model’s longest sequence' : null);
  const read = reason === null ? known : [];
  const list = reason === null ? whole : spellList(prompt, [], form);
  const row = {
    list_id: `${author}_${topicId(topic)}_${template}`,
    author,
    topic,
    template,
    n_items: read.length,
    n_unknown: nUnknown,
    n_tokens: list.ids.length - prompt.length,
    ended: candidate.reason === null && candidate.ended,
    reason,
  };
  return { ...list, row, names: read, promptLength: prompt.length };
}

function reasonAgainst(nKnown: number, nUnknown: number): string | null {
  if (nUnknown > nKnown) return 'more than half of its items are not in the vocabulary';
  return nKnown === 0 ? 'it has no item' : null;
}
