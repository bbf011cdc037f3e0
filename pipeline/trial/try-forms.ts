import { FORMS, type FormName } from '../lists/forms.ts';
import { type TokenForm, tokenForm } from '../lists/token-form.ts';
import { countLists, endsAsSaid, type FormCounts } from './form-counts.ts';
import type { WordPair } from './requests.ts';
import type { TrialModel } from './trial-model.ts';
import { LISTS_OF_A_FORM, type TrialList, writeTrialLists } from './write-trial-lists.ts';

/** What became of one form of list. */
export interface FormTrial {
  readonly name: FormName;
  readonly form: TokenForm;
  readonly lists: readonly TrialList[];
  readonly counts: FormCounts;
  /** Usable lists that end by the tokens that the form names. */
  readonly asSaid: number;
}

/** A form that the model cannot be asked in, and why. */
export interface RefusedForm {
  readonly name: FormName;
  readonly fault: string;
}

export interface FormTrials {
  readonly tried: readonly FormTrial[];
  readonly refused: readonly RefusedForm[];
}

/**
 * Write lists in every form that the model can be asked in. Forms that ask alike, and tell the end by other tokens, share
 * their lists.
 * @param names the forms that are tried
 * @param onProgress is told the lists that are written, of all
 */
export async function tryForms(
  trial: TrialModel,
  words: WordPair,
  names: readonly FormName[],
  onProgress: (done: number, total: number) => void,
): Promise<FormTrials> {
  const found = names.map((name) => formOf(name, trial));
  const refused = found.filter((each) => 'fault' in each);
  const asked = Map.groupBy(
    found.filter((each) => 'form' in each),
    ({ name }) => askedAs(name),
  );
  const tried: FormTrial[] = [];
  let groups = 0;
  for (const alike of asked.values()) {
    const lists: TrialList[] = await writeTrialLists(trial, alike[0]!.form, words, (done) =>
      onProgress(groups * LISTS_OF_A_FORM + done, asked.size * LISTS_OF_A_FORM),
    );
    groups++;
    tried.push(...alike.map((each) => trialOf(each, lists, trial)));
  }
  return { tried, refused };
}

/**
 * The form in which most lists end by the tokens that it names, the first of several; null where none does. Examples change
 * what is asked: a form with them is proposed only where fewer than `ENOUGH` of the lists of every other form end so.
 */
export function bestForm(tried: readonly FormTrial[]): FormTrial | null {
  const plain = most(tried.filter(({ name }) => FORMS[name].examples.length === 0));
  return plain && plain.asSaid >= ENOUGH * plain.counts.lists ? plain : most(tried);
}
const ENOUGH = 1 / 3;

function most(tried: readonly FormTrial[]): FormTrial | null {
  const largest = Math.max(0, ...tried.map(({ asSaid }) => asSaid));
  return largest === 0 ? null : tried.find(({ asSaid }) => asSaid === largest)!;
}

function trialOf(
  { name, form }: Pick<FormTrial, 'name' | 'form'>,
  lists: readonly TrialList[],
  { subject }: TrialModel,
): FormTrial {
  const [stop] = subject.chat.stopTokens;
  const asSaid = endsAsSaid(lists, FORMS[name], stop);
  return { name, form, lists, counts: countLists(lists), asSaid };
}

function formOf(
  name: FormName,
  { tokenizer, subject, chats }: TrialModel,
): Pick<FormTrial, 'name' | 'form'> | RefusedForm {
  if (FORMS[name].request === 'chat' && !chats)
    return { name, fault: 'the model has no chat template' };
  try {
    return { name, form: tokenForm(tokenizer, subject.chat, FORMS[name]) };
  } catch (error) {
    return { name, fault: (error as Error).message };
  }
}

/** What makes two forms ask alike: everything but the tokens by which they tell the end. */
function askedAs(name: FormName): string {
  const { request, examples, opening, layout, endings } = FORMS[name];
  return JSON.stringify([request, examples, opening, layout, endings]);
}
