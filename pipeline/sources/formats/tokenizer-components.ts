import { shown } from '../../schema/one-line.ts';

/**
 * Check the parts of a tokenizer that change a text before and after the model: those are read of which the library that
 * runs them does what the reference does.
 * @param description the parsed `tokenizer.json`
 * @param fail called with the place and the fault
 */
export function checkComponents(description: Component, fail: Fail): void {
  for (const [place, kinds] of Object.entries(COMPONENTS)) {
    const component = description[place] ?? null;
    if (component !== null) checkComponent(component, { place, kinds }, fail);
  }
  const splits = splitsIn(description.pre_tokenizer);
  const hasNoSpaces = replacesSpaces(description.normalizer);
  for (const { behavior, invert, pattern } of splits) {
    const { Regex: regex } = Object(pattern) as Component;
    if (
      behavior === 'Removed' &&
      invert !== true &&
      (!isText(regex) || GROUP.test(regex as string))
    )
      fail(
        'pre_tokenizer',
        `a Split that is "Removed" by ${shown(pattern)} is not read, as it keeps what it removes`,
      );
    const isRead = behavior === 'Removed' || (behavior === 'Isolated' && invert !== true);
    const isIdle = hasNoSpaces && Object(pattern).String === ' ';
    if (!isRead && !isIdle)
      fail(
        'pre_tokenizer',
        `a Split that is ${shown(behavior)}, invert ${shown(invert)}, is not read`,
      );
  }
}

type Component = Readonly<Record<string, unknown>>;
type Fail = (place: string, fact: string) => never;

/** What a field of a component may be. */
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isFalse: Check = (value) => value === false;
const isIgnored: Check = () => true;
const isList: Check = (value) => Array.isArray(value);

const isCharacter: Check = (value) => typeof value === 'string' && [...value].length === 1;

/** A text, or a regular expression. */
const isPattern: Check = (value) => {
  const entries = Object.entries(Object(value));
  const [[kind, text] = []] = entries;
  const isKind = kind === 'String' || kind === 'Regex';
  return entries.length === 1 && isKind && isText(text) && text !== '';
};

/** A group whose text is kept: JavaScript's `split` gives it back among the pieces. */
const GROUP = /(?<!\\)(\\\\)*\((?!\?(?!<[^=!]))/;

/** The fields of a kind of component; all of them may be missing but those of `NEEDED`. */
type Fields = Readonly<Record<string, Check>>;

const REPLACE = { pattern: isPattern, content: isText };
const BYTE_LEVEL = { add_prefix_space: isFlag, trim_offsets: isIgnored, use_regex: isFlag };
const METASPACE = {
  replacement: isCharacter,
  str_rep: isText,
  add_prefix_space: isFlag,
  prepend_scheme: (value: unknown) => ['always', 'first', 'never'].includes(value as string),
  split: isFalse,
};

/** Metaspace is no decoder here: it would take the space from the text of a single token. */
const COMPONENTS: Readonly<Record<string, ReadonlyMap<unknown, Fields>>> = {
  normalizer: new Map<unknown, Fields>([
    ['Sequence', { normalizers: isList }],
    ['Replace', REPLACE],
    ['Prepend', { prepend: isText }],
    ['NFC', {}],
    ['NFD', {}],
    ['NFKC', {}],
    ['NFKD', {}],
  ]),
  pre_tokenizer: new Map<unknown, Fields>([
    ['Sequence', { pretokenizers: isList }],
    ['ByteLevel', BYTE_LEVEL],
    ['Split', { pattern: isPattern, behavior: isText, invert: isFlag }],
    ['Digits', { individual_digits: isFlag }],
    ['Metaspace', METASPACE],
  ]),
  decoder: new Map<unknown, Fields>([
    ['Sequence', { decoders: isList }],
    ['Replace', REPLACE],
    ['ByteLevel', BYTE_LEVEL],
    ['ByteFallback', {}],
    ['Fuse', {}],
    ['Strip', { content: isCharacter, start: isCount, stop: isCount }],
  ]),
};

/** Fields without which a component does nothing, or fails, or has a default that is not read, as `split` of Metaspace. */
const NEEDED = new Set('pattern normalizers pretokenizers decoders prepend split'.split(' '));

interface Where {
  readonly place: string;
  readonly kinds: ReadonlyMap<unknown, Fields>;
}

function checkComponent(component: unknown, { place, kinds }: Where, fail: Fail): void {
  const { type, ...values } = Object(component) as Component;
  const fields = kinds.get(type);
  if (!fields) fail(`${place}.type`, `${shown(type)}, not one of ${[...kinds.keys()].join(', ')}`);
  for (const [field, value] of Object.entries(values)) {
    const check = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (!check) fail(`${place}.${field}`, `unknown field of ${type}`);
    else if (!check(value)) fail(`${place}.${field}`, `${shown(value)}, which is not read`);
    if (Array.isArray(value))
      for (const [i, part] of value.entries())
        checkComponent(part, { place: `${place}.${field}.${i}`, kinds }, fail);
  }
  for (const field of Object.keys(fields))
    if (NEEDED.has(field) && values[field] === undefined)
      fail(`${place}.${field}`, `missing in ${type}`);
  if (type === 'Metaspace') checkMetaspace(values, place, fail);
}

/** Two spellings of one setting: the reference reads the one, the library the other. */
function checkMetaspace(values: Component, place: string, fail: Fail): void {
  const { replacement = '▁', str_rep: other = replacement, prepend_scheme: scheme } = values;
  if (other !== replacement)
    fail(`${place}.str_rep`, `${shown(other)}, and replacement is ${shown(replacement)}`);
  if (values.add_prefix_space === false && scheme !== 'never')
    fail(`${place}.add_prefix_space`, `false, and prepend_scheme is ${shown(scheme ?? 'always')}`);
}

/** Every Split of a pre-tokenizer. */
function splitsIn(component: unknown): Component[] {
  const { type, pretokenizers, ...others } = Object(component) as Component;
  if (type === 'Split') return [others];
  return Array.isArray(pretokenizers) ? pretokenizers.flatMap(splitsIn) : [];
}

/** Whether no space is left of a text, so that nothing is split there: Gemma's tokenizers name a split that is idle. */
function replacesSpaces(component: unknown): boolean {
  const { type, pattern, content, normalizers } = Object(component) as Component;
  if (Array.isArray(normalizers)) return normalizers.some(replacesSpaces);
  const isReplaced = typeof content === 'string' && !content.includes(' ');
  return type === 'Replace' && Object(pattern).String === ' ' && isReplaced;
}
