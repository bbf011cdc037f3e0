import { isDeepStrictEqual } from 'node:util';
import { objectOf, readForeignObject } from '../../../schema/foreign-file.ts';
import { nameShown, shown } from '../../../schema/one-line.ts';
import { HARMLESS } from './harmless-keys.ts';

export const REMEDY = 'fetch or save the SAE again';

/**
 * The fields of a `cfg.json` that change what an SAE computes, by their present names: `hook_point` of older versions is
 * `hook_name`. Newer versions have those about the model in a block `metadata`.
 */
export class Fields {
  readonly path: string;
  /** Written by a version before 6, whose defaults differ. */
  readonly isOld: boolean;
  readonly #values = new Map<string, { readonly key: string; readonly value: unknown }>();

  /** @throws one line: not an object of JSON, a key that is not known, two values of one field */
  constructor(path: string) {
    this.path = path;
    const { metadata = {}, ...own } = readForeignObject({ path, remedy: REMEDY });
    const ofModel = objectOf(metadata, { path: `${path}: metadata`, remedy: REMEDY });
    for (const [key, value] of Object.entries(own)) this.#add(key, value, OWN);
    for (const [key, value] of Object.entries(ofModel))
      this.#add(key, value, OF_MODEL, 'metadata.');
    const version = this.text('sae_lens_version');
    if (version !== undefined && !/^\d+\./.test(version))
      this.refuse('sae_lens_version', 'a version, such as 6.54.12');
    this.isOld = version === undefined || Number.parseInt(version, 10) < 6;
  }

  #add(written: string, value: unknown, known: ReadonlySet<string>, prefix = ''): void {
    const name = RENAMED.get(written) ?? written;
    const key = `${prefix}${nameShown(written)}`;
    if (!known.has(name)) {
      if (HARMLESS.has(name)) return;
      throw new Error(
        `${this.path}: ${key}: unknown field, which may change what the SAE computes: take it out if it does not, or use another SAE`,
      );
    }
    if (value === null) return; // as if it were missing
    const before = this.#values.get(name);
    if (before && !isDeepStrictEqual(before.value, value))
      throw new Error(
        `${this.path}: ${before.key} is ${shown(before.value)} and ${key} is ${shown(value)}: ${REMEDY}`,
      );
    this.#values.set(name, before ?? { key, value });
  }

  /** The value of a field; undefined where it is missing or null. */
  get(name: string): unknown {
    return this.#values.get(name)?.value;
  }

  /** The value of a field, or what it is where it is missing or null. @throws where it is none of the values expected */
  oneOf<T>(name: string, expected: readonly T[], missing: T, why = ''): T {
    const value = this.get(name) ?? missing;
    const found = expected.find((each) => each === value);
    if (found === undefined) this.refuse(name, expected.map(shown).join(' or '), why);
    return found;
  }

  /** @throws where the field is no text; undefined where it is missing */
  text(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'string') return value;
    return this.refuse(name, 'a text');
  }

  /** @throws where the field is no whole number from 1 on */
  count(name: string): number {
    const value = this.get(name);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
    return this.refuse(name, 'a whole number from 1 on');
  }

  /** @throws one line with the file, the field as it is written there, its value and what is expected */
  refuse(name: string, expected: string, why = ''): never {
    const { key, value } = this.#values.get(name) ?? { key: name, value: undefined };
    const what = value === undefined ? `no ${key}` : `${key} is ${shown(value)}`;
    throw new Error(`${this.path}: ${what}, expected ${expected}${why}: ${REMEDY_OF_FIELDS}`);
  }
}

const REMEDY_OF_FIELDS = 'use another SAE, or save it again as docs/saes.md says';

const RENAMED: ReadonlyMap<string, string> = new Map([
  ['hook_point', 'hook_name'],
  ['hook_point_layer', 'hook_layer'],
  ['hook_point_head_index', 'hook_head_index'],
  ['activation_fn_str', 'activation_fn'],
]);

/** Fields of the model: in `metadata`, or beside the others. */
const OF_MODEL: ReadonlySet<string> = new Set(
  [
    'hook_name hook_name_out hook_layer hook_layer_out hook_head_index hook_head_index_out hf_hook_name hf_hook_name_out',
    'model_from_pretrained_kwargs seqpos_slice sae_lens_version',
  ]
    .join(' ')
    .split(' '),
);

const OWN: ReadonlySet<string> = new Set([
  ...OF_MODEL,
  ...[
    'architecture d_in d_sae d_out dtype apply_b_dec_to_input normalize_activations reshape_activations k',
    'rescale_acts_by_decoder_norm activation_fn activation_fn_kwargs finetuning_scaling_factor',
  ]
    .join(' ')
    .split(' '),
]);
