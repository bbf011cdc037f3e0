import { oneLine, shown } from '../../schema/one-line.ts';
import { checkComponents } from './tokenizer-components.ts';

/**
 * Check what the library that runs a tokenizer would take as it is, or pass over.
 * @param description the parsed `tokenizer.json`
 * @param path of the file
 * @throws one line with the file, the field, and the remedy: a field that is not known, a setting that the library does
 *   not follow, two tokens of one id, one token with two ids, an id far outside the table, a merge that makes no token,
 *   or nothing that stands for unknown characters
 */
export function checkDescription(
  description: Readonly<Record<string, unknown>>,
  path: string,
): void {
  const fail: Fail = (place, fact) => {
    throw new Error(oneLine(`${path}: ${place}: ${fact}: ${REMEDY}`));
  };
  refuseOthers(description, FIELDS, '', fail);
  const { version = '1.0' } = description;
  if (version !== '1.0') fail('version', `${shown(version)}, and only "1.0" is read`);
  checkComponents(description, fail);
  const model = objectAt(description.model, 'model', fail);
  const vocabulary = vocabularyOf(model, fail);
  const added = addedTokens(description.added_tokens ?? [], fail);
  checkAdded(added, vocabulary, fail);
  if (model.type !== 'BPE') return;
  const { unk_token: unknown = null, byte_fallback: fallsBack } = model;
  const isToken = added.some(({ content }) => content === unknown);
  if (unknown !== null && !isToken && !vocabulary.ids.has(unknown as string))
    fail('model.unk_token', `${shown(unknown)}, which is no token`);
  if (unknown !== null) return;
  const missing = fallsBack ? BYTES.find((byte) => !vocabulary.ids.has(byte)) : undefined;
  if (missing !== undefined)
    fail('model.vocab', `no token ${missing}, and no unk_token: some characters would be lost`);
  if (!fallsBack && !(spellsBytes(description.decoder) && spellsBytes(description.pre_tokenizer)))
    fail('model.unk_token', 'null, so that a character without a token would be lost');
}

/** The tokens of bytes, in which a character without a token is spelled. */
const BYTES = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
);

/** Whether tokens are spelled in stand-ins of bytes. @param component the decoder or pre-tokenizer of `tokenizer.json` */
export function spellsBytes(component: unknown): boolean {
  const { type, decoders, pretokenizers } = Object(component) as Record<string, unknown>;
  const parts = decoders ?? pretokenizers;
  return type === 'ByteLevel' || (Array.isArray(parts) && parts.some(spellsBytes));
}

/** A token that is cut out of a text before all else. */
interface AddedToken {
  readonly id: number;
  readonly content: string;
}

type Fail = (place: string, fact: string) => never;
type Fields = Readonly<Record<string, unknown>>;

const REMEDY = 'fetch the file again, or use another model';

/** Truncation and padding are for batches of texts: the project asks for neither. */
const FIELDS = new Set(
  'version truncation padding added_tokens normalizer pre_tokenizer post_processor decoder model'.split(
    ' ',
  ),
);

/** The kinds of models that are read, and the fields of each. */
const MODELS: ReadonlyMap<unknown, ReadonlySet<string>> = new Map([
  [
    'BPE',
    new Set(
      'type dropout unk_token continuing_subword_prefix end_of_word_suffix fuse_unk byte_fallback ignore_merges vocab merges'.split(
        ' ',
      ),
    ),
  ],
  ['Unigram', new Set('type unk_id vocab byte_fallback'.split(' '))],
]);

const ADDED = new Set('id content single_word lstrip rstrip normalized special'.split(' '));

function refuseOthers(fields: Fields, known: ReadonlySet<string>, place: string, fail: Fail): void {
  const unknown = Object.keys(fields).find((field) => !known.has(field));
  if (unknown !== undefined)
    fail(`${place}${unknown}`, 'unknown field, which may change how texts are split');
}

function objectAt(value: unknown, place: string, fail: Fail): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  return fail(place, `${shown(value)}, not an object`);
}

/** A model's table of tokens. */
interface Vocabulary {
  readonly ids: ReadonlyMap<string, number>;
  /** [id]: its token; places may be empty. */
  readonly tokens: readonly string[];
}

function vocabularyOf(model: Fields, fail: Fail): Vocabulary {
  const fields = MODELS.get(model.type);
  if (!fields) return fail('model.type', `${shown(model.type)}, not BPE or Unigram`);
  refuseOthers(model, fields, 'model.', fail);
  return model.type === 'BPE' ? checkBpe(model, fail) : checkUnigram(model, fail);
}

/** Ids may leave gaps, but the table has a place for each. */
function checkBpe(model: Fields, fail: Fail): Vocabulary {
  for (const field of ['dropout', 'continuing_subword_prefix', 'end_of_word_suffix'])
    if (model[field]) fail(`model.${field}`, `${shown(model[field])}, which is not read`);
  checkFlags(model, ['fuse_unk', 'byte_fallback', 'ignore_merges'], 'model.', fail);
  const entries = Object.entries(objectAt(model.vocab, 'model.vocab', fail));
  const ids = new Map<string, number>();
  const tokens: string[] = [];
  for (const [token, id] of entries) {
    if (!isId(id, entries.length))
      return fail('model.vocab', `${shown(token)} has the id ${shown(id)}, of ${entries.length}`);
    const other = tokens[id];
    if (other !== undefined)
      fail('model.vocab', `${shown(other)} and ${shown(token)} both have the id ${id}`);
    tokens[id] = token;
    ids.set(token, id);
  }
  checkMerges(model, ids, fail);
  return { ids, tokens };
}

/** Ids without a token that even a small table may have. */
const GAPS = 65_536;

const isId = (id: unknown, tokens: number): id is number =>
  Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < 2 * tokens + GAPS;

/** Another value, such as the text "false", would be taken for true. */
function checkFlags(fields: Fields, names: readonly string[], place: string, fail: Fail): void {
  for (const name of names)
    if (typeof (fields[name] ?? false) !== 'boolean')
      fail(`${place}${name}`, `${shown(fields[name])}, not true or false`);
}

/** A merge is a pair of texts, or both with a space between: tokens or single characters, and joined a token. */
function checkMerges(model: Fields, ids: ReadonlyMap<string, number>, fail: Fail): void {
  const { merges } = model;
  if (!Array.isArray(merges)) fail('model.merges', `${shown(merges)}, not a list`);
  const arePairs = Array.isArray(merges[0]);
  merges.forEach((merge: unknown, rank) => {
    const pair: unknown = !arePairs && typeof merge === 'string' ? merge.split(' ') : merge;
    const [left, right] = Array.isArray(pair) && pair.length === 2 ? pair : [];
    const areTexts = typeof left === 'string' && typeof right === 'string';
    const isPart = (text: string) => text !== '' && (ids.has(text) || [...text].length === 1);
    if (!areTexts || !isPart(left) || !isPart(right) || !ids.has(left + right))
      fail('model.merges', `number ${rank}, ${shown(merge)}, makes no token`);
  });
}

/** A list of tokens with their scores, by id. */
function checkUnigram(model: Fields, fail: Fail): Vocabulary {
  if (model.byte_fallback) fail('model.byte_fallback', 'true, which is not read of Unigram');
  const { vocab, unk_id: unknown } = model;
  if (!Array.isArray(vocab)) return fail('model.vocab', `${shown(vocab)}, not a list`);
  const ids = new Map<string, number>();
  const tokens = vocab.map((entry: unknown, id) => {
    const [token, score] = Array.isArray(entry) ? entry : [];
    if (typeof token !== 'string' || !Number.isFinite(score))
      return fail('model.vocab', `number ${id}, ${shown(entry)}, is no token with its score`);
    const other = ids.get(token);
    if (other !== undefined) fail('model.vocab', `${shown(token)} has the ids ${other} and ${id}`);
    ids.set(token, id);
    return token;
  });
  if (!(Number.isSafeInteger(unknown) && tokens[unknown as number] !== undefined))
    fail('model.unk_id', `${shown(unknown)}, and there are ${vocab.length} tokens`);
  return { ids, tokens };
}

function addedTokens(tokens: unknown, fail: Fail): AddedToken[] {
  if (!Array.isArray(tokens)) return fail('added_tokens', `${shown(tokens)}, not a list`);
  return tokens.map((entry: unknown, i) => {
    const token = objectAt(entry, `added_tokens.${i}`, fail);
    refuseOthers(token, ADDED, `added_tokens.${i}.`, fail);
    const { id, content, single_word: singleWord } = token;
    if (!Number.isSafeInteger(id)) return fail(`added_tokens.${i}.id`, `${shown(id)}, not an id`);
    if (typeof content !== 'string' || content === '')
      return fail(`added_tokens.${i}.content`, `${shown(content)}, not a text`);
    if (singleWord)
      return fail(`added_tokens.${i}.single_word`, `${shown(singleWord)}, which is not read`);
    checkFlags(token, ['lstrip', 'rstrip', 'normalized', 'special'], `added_tokens.${i}.`, fail);
    return { id: id as number, content };
  });
}

/** An added token may stand in the model's table, too, with the same id. */
function checkAdded(added: readonly AddedToken[], { ids, tokens }: Vocabulary, fail: Fail): void {
  const idOf = new Map<string, number>();
  const tokenOf = new Map<number, string>();
  for (const { id, content } of added) {
    const otherId = idOf.get(content) ?? ids.get(content) ?? id;
    if (otherId !== id)
      fail('added_tokens', `${shown(content)} has the id ${id}, and elsewhere ${otherId}`);
    const other = tokenOf.get(id) ?? tokens[id] ?? content;
    if (other !== content)
      fail('added_tokens', `${shown(content)} and ${shown(other)} both have the id ${id}`);
    if (!isId(id, tokens.length + added.length))
      fail('added_tokens', `${shown(content)} has the id ${id}, of ${tokens.length} tokens`);
    idOf.set(content, id);
    tokenOf.set(id, content);
  }
}
