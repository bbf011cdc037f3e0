import { lastLogitDiff } from '../../interp/last-logit-diff.ts';
import type { TokenPair } from '../../interp/patching/logit-diff-at.ts';
import type { Reader } from '../../interp/reader.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { ExplanationRow } from '../../schema/explanations.ts';
import { auc } from '../../stats/auc.ts';
import { keyedRandom } from '../../stats/random.ts';
import type { Acts } from './rules.ts';
import type { Material } from './score-sae.ts';
import { isActive, type Window } from './windows.ts';

/** A feature that the model may judge. */
export interface JudgedFeature {
  readonly row: ExplanationRow;
  readonly acts: Acts;
}

/** Asks the model about prompts. @returns for each, the logit of yes minus that of no */
export type Ask = (prompts: readonly string[]) => Promise<number[]>;

/** Features that are judged, windows of each sort, and tokens of a prompt at most. */
export const JUDGED = { features: 10, windows: 6, tokens: 256 };

/**
 * The model as its own judge: it is asked of some features whether held-out windows of text fit the label, and whether they fit that
 * of another of these features.
 *
 * Source: detection scoring, Paulo and others (2024), arXiv 2410.13928, section 3; there by a larger model.
 */
export async function judgeRows(
  ask: Ask,
  features: readonly JudgedFeature[],
  material: Material,
): Promise<ExplanationRow[]> {
  const random = keyedRandom(material.seed, 'judged');
  const cases = shuffled(features, random)
    .flatMap((feature) => caseOf(feature, material, random) ?? [])
    .slice(0, JUDGED.features);
  if (cases.length === 0) return [];
  const asked = cases.flatMap((judged, i) =>
    [judged, cases[(i + 1) % cases.length]!].map(({ row: { label } }) => ({ judged, label })),
  );
  const aucs = await judgedAucs(ask, asked);
  return cases.map(({ row, active, others }, i) => ({
    ...row,
    method: 'judge',
    rule: null,
    detection_auc: aucs[2 * i]!,
    token_auc: null,
    output_score: null,
    shuffled_auc: cases.length > 1 ? aucs[2 * i + 1]! : null,
    n_held_out: active.length + others.length,
  }));
}

interface Case extends JudgedFeature {
  /** Texts of windows in which the feature is active. */
  readonly active: readonly string[];
  /** Texts of as many at most in which it is not. */
  readonly others: readonly string[];
}

/** @returns null for a feature without a rule, or whose windows are all of one sort */
function caseOf(
  feature: JudgedFeature,
  { described: { texts }, windows }: Material,
  random: () => number,
): Case | null {
  if (feature.row.rule === null) return null;
  const drawn = (sort: boolean): string[] =>
    shuffled(
      windows.filter((window) => isActive(window, feature.acts) === sort),
      random,
    )
      .slice(0, JUDGED.windows)
      .map(({ start, end }: Window) => texts.slice(start, end).join(''));
  const [active, others] = [drawn(true), drawn(false)];
  return active.length === 0 || others.length === 0 ? null : { ...feature, active, others };
}

/** The AUC of each label on a feature's windows. */
async function judgedAucs(
  ask: Ask,
  asked: readonly { readonly judged: Case; readonly label: string }[],
): Promise<(number | null)[]> {
  const answers = await ask(
    asked.flatMap(({ judged: { active, others }, label }) =>
      [...active, ...others].map((text) => question(label, text)),
    ),
  );
  let start = 0;
  return asked.map(({ judged: { active, others } }) => {
    const middle = start + active.length;
    const end = middle + others.length;
    const found = auc(answers.slice(start, middle), answers.slice(middle, end));
    start = end;
    return found;
  });
}

/** The user's message. */
export const question = (label: string, text: string): string =>
  `A detector reads text token by token. What it reacts to: ${label}.\nText: ${JSON.stringify(text)}\nDoes it react to a part of this text? Answer with Yes or No.`;

/** Asks a reader's model in its chat template. @throws where a prompt has more tokens than the memory plan, or yes and no are one token */
export function askModel(reader: Reader, { tokenizer, chat }: TokenForm): Ask {
  const pair = answerPair(tokenizer.encode('Yes'), tokenizer.encode('No'));
  // Special tokens of a window would end the turn that asks about it.
  const plain = (message: string) =>
    tokenizer.decode(tokenizer.encode(message), { skipSpecial: true });
  return async (prompts) => {
    const sequences = prompts.map((message) => ({
      ids: tokenizer.encode(tokenizer.chatPrompt(plain(message), chat.systemTurn)),
    }));
    const long = sequences.find(({ ids }) => ids.length > JUDGED.tokens);
    if (long)
      throw new Error(
        `judge: a prompt of ${long.ids.length} tokens, at most ${JUDGED.tokens} are planned: remove judge from the study’s explained`,
      );
    return lastLogitDiff(reader, sequences, pair);
  };
}

/** The first tokens of both answers. */
function answerPair([yes]: readonly number[], [no]: readonly number[]): TokenPair {
  if (yes === undefined || no === undefined || yes === no)
    throw new Error(
      `judge: yes and no begin with the token ${yes}: remove judge from the study’s explained`,
    );
  return [yes, no];
}

/** In random order. */
function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, draw: random() }))
    .sort((a, b) => a.draw - b.draw)
    .map(({ value }) => value);
}
