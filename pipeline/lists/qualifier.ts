import type { TokenForm } from './token-form.ts';

/** The token of a prompt that sets the length of the list (` short`), and the token that replaces it (` long`). */
export interface Swap {
  readonly qualifier: string;
  readonly swapFor: string;
}

/** A prompt, alone or followed by an answer. */
export interface PromptedSequence {
  /** Named in errors. */
  readonly sampleId: string;
  readonly ids: readonly number[];
  /** Number of tokens of the prompt. */
  readonly promptLength: number;
}

/**
 * The token ids with the qualifier of the prompt replaced; everything else is unchanged.
 * @throws if the prompt does not contain the qualifier
 */
export const swapQualifier = (
  list: PromptedSequence,
  { qualifier, swapFor }: Swap,
  form: TokenForm,
): number[] => list.ids.with(qualifierPosition(list, qualifier, form), form.tokenizer.id(swapFor));

/** The token ids without the qualifier of the prompt. @throws if the prompt does not contain the qualifier */
export const dropQualifier = (
  list: PromptedSequence,
  qualifier: string,
  form: TokenForm,
): number[] => list.ids.toSpliced(qualifierPosition(list, qualifier, form), 1);

/**
 * Position of the qualifier: its token's first occurrence after those that the prompt has without a message, such as in
 * a system turn or an example.
 * @throws `no " short" token in the prompt of …`
 */
export function qualifierPosition(
  { sampleId, ids, promptLength }: PromptedSequence,
  qualifier: string,
  { emptyPrompt, tokenizer }: TokenForm,
): number {
  const id = tokenizer.id(qualifier);
  const others = emptyPrompt().filter((other) => other === id).length;
  const positions = ids.slice(0, promptLength).flatMap((token, pos) => (token === id ? [pos] : []));
  const position = positions[others];
  if (position !== undefined) return position;
  throw new Error(
    `no "${qualifier}" token in the prompt of ${sampleId}: spell the qualifier as one token`,
  );
}
