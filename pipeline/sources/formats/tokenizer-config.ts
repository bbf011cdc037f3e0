import { oneLine, shown } from '../../schema/one-line.ts';

/**
 * Check the fields of `tokenizer_config.json` that would change how texts become tokens.
 * @param config its content
 * @param path of the file
 * @param description the content of `tokenizer.json`, and `tokenOf` its token with an id
 * @throws one line with the file, the field and its value: a field that is not known, a setting that is not followed, an
 *   added token or a space before texts that `tokenizer.json` has otherwise
 */
export function checkTokenizerConfig(
  config: Readonly<Record<string, unknown>>,
  path: string,
  { tokenOf, description }: TokenizerFile,
): void {
  const fail = (field: string, fact: string): never => {
    throw new Error(oneLine(`${path}: ${field}: ${fact}: ${REMEDY}`));
  };
  for (const [field, value] of Object.entries(config)) {
    const expected = ONLY.get(field);
    if (expected?.includes(value) === false)
      fail(field, `${shown(value)}, and only ${shown(expected[0])} is read`);
    if (!expected && !HARMLESS.has(field) && !TOKEN.test(field))
      fail(field, `unknown field, which may change how texts are split`);
  }
  const { add_prefix_space: prefixed } = config;
  const spaced = prefixSpaceOf(description.pre_tokenizer);
  if (typeof prefixed === 'boolean' && spaced !== undefined && prefixed !== spaced)
    fail('add_prefix_space', `${prefixed}, and tokenizer.json has ${shown(spaced)}`);
  for (const [id, entry] of Object.entries(Object(config.added_tokens_decoder))) {
    const { content } = Object(entry) as Record<string, unknown>;
    const token = tokenOf(Number(id));
    if (content !== token)
      fail(
        `added_tokens_decoder.${id}`,
        `${shown(content)}, and tokenizer.json has ${shown(token)}`,
      );
  }
}

interface TokenizerFile {
  readonly description: Readonly<Record<string, unknown>>;
  readonly tokenOf: (id: number) => string | undefined;
}

/** `add_prefix_space` of a pre-tokenizer of bytes, which the config's field overrides in some classes of transformers. */
function prefixSpaceOf(preTokenizer: unknown): unknown {
  const { type, add_prefix_space, pretokenizers } = Object(preTokenizer) as Record<string, unknown>;
  if (type === 'ByteLevel') return add_prefix_space ?? false;
  return Array.isArray(pretokenizers)
    ? pretokenizers.map(prefixSpaceOf).find((each) => each !== undefined)
    : undefined;
}

const REMEDY = 'fetch the files again, or use another model';

/** Fields with the values that are read. */
const ONLY: ReadonlyMap<string, readonly unknown[]> = new Map([
  ['split_special_tokens', [false, null]],
  ['do_lower_case', [false, null]],
  ['do_lowercase_and_remove_accent', [false, null]],
  ['remove_space', [false, null]],
  ['keep_accents', [true, null]],
]);

/** The names of tokens and of their ids. */
const TOKEN = /^\w+_token(_id|_type_id)?$/;

/**
 * Fields that change no token of a text here: prompts are whole texts, to which nothing is added, and a token's text is
 * taken as it is.
 */
const HARMLESS: ReadonlySet<string> = new Set(
  [
    // Names and versions, and how other libraries load it.
    'tokenizer_class processor_class auto_map name_or_path transformers_version backend is_local local_files_only',
    'tokenizer_file special_tokens_map_file use_fast from_slow legacy sp_model_kwargs vocab_file merges_file',
    'vocab_size gemma_ids tokenizer_type tokenizer_object unk_id fast_tokenizer',
    // Special tokens, which are read apart, and what is added before and after texts.
    'chat_template added_tokens_decoder additional_special_tokens extra_special_tokens',
    'model_specific_special_tokens add_bos_token add_eos_token add_special_tokens add_prefix_space',
    'use_default_system_prompt image_seq_len',
    // Length, truncation and padding.
    'model_max_length max_length max_len padding padding_side pad_to_multiple_of stride truncation truncation_side',
    'truncation_strategy',
    // Answers of other libraries, and what they make of a token's text.
    'model_input_names return_token_type_ids clean_up_tokenization_spaces spaces_between_special_tokens errors',
    'trim_offsets response_schema verbose',
  ].flatMap((line) => line.split(' ')),
);
