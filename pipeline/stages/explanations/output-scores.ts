import type { FeatureLogits } from '../../interp/feature-logits.ts';
import type { Reader, Sequence } from '../../interp/reader.ts';
import type { AddedSequence } from '../../interp/run-from-hook.ts';
import { setFeatures } from '../../interp/set-features.ts';
import { steeredLogits } from '../../interp/steered-logits.ts';
import type { Sae } from '../../sae/sae.ts';
import { auc } from '../../stats/auc.ts';

export interface OutputOptions {
  /** Of each explained feature, and of others of the SAE. */
  readonly logits: readonly FeatureLogits[];
  /** The value of each explained feature, the first of `logits`; null for one that is not added. */
  readonly values: readonly (number | null)[];
  /** Sequences after whose last token the features are added. */
  readonly sequences: readonly Sequence[];
}

/**
 * Do features raise the tokens that they promote? Each is added at the last token of every sequence, and the change of the next
 * token's logits, the mean over sequences, is compared between the tokens that it promotes and those that only others do.
 * @returns [explained feature]: AUC; null for one that is not added, and where others promote no other token
 */
export async function outputScores(
  reader: Reader,
  sae: Sae,
  { logits, values, sequences }: OutputOptions,
): Promise<(number | null)[]> {
  const promotedBy = logits.map(({ promoted }) => promoted.map(({ tokenId }) => tokenId));
  const ids = [...new Set(promotedBy.flat())];
  const added = values.flatMap((value, i) => (value === null ? [] : [{ i, value }]));
  if (added.length === 0 || sequences.length === 0) return values.map(() => null);
  const changes = await meanChanges(reader, sae, {
    ids,
    sequences,
    edits: added.map(({ i, value }) => ({ feature: logits[i]!.feature, value })),
  });
  const scores = values.map((): number | null => null);
  added.forEach(({ i }, edit) => {
    const own = new Set(promotedBy[i]);
    const changesOf = (isOwn: boolean) =>
      [...changes[edit]!].filter((_, token) => own.has(ids[token]!) === isOwn);
    scores[i] = auc(changesOf(true), changesOf(false));
  });
  return scores;
}

interface Edits {
  readonly ids: readonly number[];
  readonly sequences: readonly Sequence[];
  readonly edits: readonly { readonly feature: number; readonly value: number }[];
}

/** [edit][ids]: by how much adding a feature changes each logit, the mean over sequences. */
async function meanChanges(
  reader: Reader,
  sae: Sae,
  { ids, sequences, edits }: Edits,
): Promise<Float64Array[]> {
  const readings = sequences.flatMap(({ ids: tokens }): AddedSequence[] => [
    { ids: tokens, additions: [] },
    ...edits.map((edit) => {
      const cell = { pos: tokens.length - 1, featureAct: 0, ...edit };
      return { ids: tokens, additions: setFeatures(reader, sae, [cell]) };
    }),
  ]);
  const found = await steeredLogits(reader, readings, { hook: sae.outputHook, ids });
  const runs = edits.length + 1; // of each sequence, the first without an edit
  return edits.map((_, edit) => {
    const mean = new Float64Array(ids.length);
    sequences.forEach((_sequence, s) => {
      const [before, after] = [found[s * runs]!, found[s * runs + 1 + edit]!];
      mean.forEach((sum, token) => {
        mean[token] = sum + (after[token]! - before[token]!) / sequences.length;
      });
    });
    return mean;
  });
}
