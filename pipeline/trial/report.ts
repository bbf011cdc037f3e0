import type { Followers, FormCounts } from './form-counts.ts';
import type { WordPair } from './requests.ts';
import type { FormTrial, FormTrials } from './try-forms.ts';
import { CONFIDENCE, type WordEffect } from './word-effect.ts';

/** The counts of every form, a line or two each. */
export const formsText = ({ tried, refused }: FormTrials): string[] => [
  ...tried.flatMap(({ name, counts, asSaid }) => [
    `${name}: ${countsText(counts)}; ${asSaid} end as this form says`,
    `  after an item ${shares(counts.afterItem)}; after the last ${shares(counts.afterLast)}; after a newline ${shares(counts.afterNewline)}`,
  ]),
  ...refused.map(({ name, fault }) => `${name}: not asked: ${fault}`),
];

const countsText = ({ lists, ended, looping, misnumbered, usable, items }: FormCounts): string =>
  `${lists} lists, ${ended} ended, ${looping} with a loop, ${misnumbered > 0 ? `${misnumbered} with a wrong number, ` : ''}${usable} usable${items === null ? '' : ` with ${items.toFixed(1)} items`}`;

/** The most frequent tokens, each with its share. */
function shares(followers: Followers): string {
  const all = followers.reduce((sum, [, times]) => sum + times, 0);
  const shown = followers.slice(0, SHOWN).map(([token, times]) => {
    const share = Math.round((100 * times) / all);
    return `${JSON.stringify(token)} ${share} %`;
  });
  return shown.length > 0 ? shown.join(', ') : 'nothing';
}
const SHOWN = 3;

/** Why a form is proposed, or none is. */
export const formReason = (best: FormTrial | null): string =>
  best === null
    ? 'In no form did a list end by the tokens that the form names: name one of pipeline/lists/forms.ts, or add one.'
    : `${best.asSaid} of ${best.counts.lists} lists ended as this form says, without a loop: the most of the forms ${best.form.listForm.examples.length > 0 ? 'that were tried' : 'without examples'}.`;

/** Whether there is an effect to study. */
export function wordText(effect: WordEffect | null, words: WordPair): string {
  if (effect === null)
    return 'Fewer than two lists ended: what the word does to the end could not be measured.';
  const { lists, short, long, ratio, lo, hi } = effect;
  const measured = `The end after an item has probability ${short.toPrecision(2)} with "${words.short.trim()}" and ${long.toPrecision(2)} with "${words.long.trim()}" (${lists} lists): a factor of ${ratio.toFixed(2)} [${lo.toFixed(2)}, ${hi.toFixed(2)}], ${100 * CONFIDENCE} %.`;
  if (lo > 1) return `${measured} There is an effect to study.`;
  if (hi < 1) return `${measured} The word acts the other way.`;
  return `${measured} No effect shows in so few lists.`;
}
