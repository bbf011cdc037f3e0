/** What a kind of tokenizer gives to tokenizer.json. */
export interface TokenizerParts {
  readonly normalizer: object | null;
  readonly pre_tokenizer: object | null;
  readonly model: object;
  readonly decoder: object;
  /** Whether texts begin with `<bos>` where the file does not say. */
  readonly addsBos: boolean;
}
