/**
 * A tokenizer's description as the library that runs it has to be given it, so that it does what the reference does:
 *
 * - `Digits` splits at every number of Unicode (`²`, `Ⅳ`, `٣`), and the library's at the ten digits of ASCII alone.
 * - The content of a `Replace` is a text, in which the library takes `$&` and the like for patterns of JavaScript.
 *
 * Source: huggingface/tokenizers, pre_tokenizers/digits.rs and normalizers/replace.rs.
 * @param description the parsed `tokenizer.json`, checked
 */
export const forLibrary = (description: Fields): Fields => ({
  ...description,
  ...Object.fromEntries(PLACES.map((place) => [place, changed(description[place] ?? null)])),
});

type Fields = Readonly<Record<string, unknown>>;

const PLACES = ['normalizer', 'pre_tokenizer', 'decoder'] as const;

/** The fields in which components hold others. */
const PARTS = ['normalizers', 'pretokenizers', 'decoders'] as const;

function changed(component: unknown): unknown {
  if (component === null) return null;
  const fields = component as Fields;
  if (fields.type === 'Digits') return splitAtNumbers(fields.individual_digits === true);
  if (typeof fields.content === 'string' && fields.type === 'Replace')
    return { ...fields, content: fields.content.replaceAll('$', () => '$$') };
  const parts = PARTS.filter((name) => Array.isArray(fields[name]));
  const inside = parts.map((name) => [name, (fields[name] as unknown[]).map(changed)]);
  return { ...fields, ...Object.fromEntries(inside) };
}

const splitAtNumbers = (each: boolean): Fields => ({
  type: 'Split',
  pattern: { Regex: each ? '\\p{N}' : '\\p{N}+' },
  behavior: 'Isolated',
  invert: false,
});
