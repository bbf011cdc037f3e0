import type { TokenForm } from './token-form.ts';

/** The word of a prompt that says how long a list is asked for, as its token is spelt, and the one to put in its place. */
export interface Swap {
  readonly qualifier: string;
  readonly swapFor: string;
}

/** A prompt, with or without what was written after it. */
export interface Prompted {
  /** For errors. */
  readonly sampleId: string;
  readonly ids: readonly number[];
  /** Tokens of the prompt. */
  readonly promptLength: number;
}

/**
 * The token ids with the qualifier of the prompt swapped; everything else is kept.
 * @throws where the prompt has no such token
 */
export const swapQualifier = (
  list: Prompted,
  { qualifier, swapFor }: Swap,
  form: TokenForm,
): number[] => list.ids.with(qualifierPosition(list, qualifier, form), form.tokenizer.id(swapFor));

/** The token ids with the qualifier of the prompt left out. @throws where it has no such token */
export const dropQualifier = (list: Prompted, qualifier: string, form: TokenForm): number[] =>
  list.ids.toSpliced(qualifierPosition(list, qualifier, form), 1);

/** Where in its prompt the qualifier stands. @throws `no " short" token in the prompt of …` */
export function qualifierPosition(
  { sampleId, ids, promptLength }: Prompted,
  qualifier: string,
  { chat, tokenizer }: TokenForm,
): number {
  const prompt = ids.slice(0, promptLength);
  const id = tokenizer.id(qualifier);
  const position = chat.qualifier === 'first' ? prompt.indexOf(id) : prompt.lastIndexOf(id);
  if (position >= 0) return position;
  throw new Error(
    `no "${qualifier}" token in the prompt of ${sampleId}: spell the qualifier as one token`,
  );
}
