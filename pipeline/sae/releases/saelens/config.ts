import { nameShown, shown } from '../../../schema/one-line.ts';
import type { Family } from '../../../schema/sae-families.ts';
import type { SaeSpec } from '../../sae.ts';
import { Fields } from './fields.ts';
import { LOADING, PROCESSING } from './harmless-keys.ts';
import { type Site, siteOf } from './hooks.ts';

/** What the `cfg.json` of an SAE in SAELens' format says. */
export interface SaeLensConfig {
  readonly path: string;
  readonly architecture: Architecture;
  readonly spec: Site & Pick<SaeSpec, 'dIn' | 'dSae' | 'dOut' | 'hasSkip' | 'k'>;
  /** Whether `b_dec` is subtracted from what the encoder reads. */
  readonly subtractsBias: boolean;
  /** Whether TopK compares activations times the norms of their decoder directions. */
  readonly rescaled: boolean;
}

/** Architectures that are read, by their names in SAELens. It saves a BatchTopK SAE as `jumprelu`. */
export const ARCHITECTURES = {
  standard: { nonlinearity: 'relu', isTranscoder: false, hasSkip: false },
  topk: { nonlinearity: 'topk', isTranscoder: false, hasSkip: false },
  jumprelu: { nonlinearity: 'jumprelu', isTranscoder: false, hasSkip: false },
  gated: { nonlinearity: 'gated', isTranscoder: false, hasSkip: false },
  transcoder: { nonlinearity: 'relu', isTranscoder: true, hasSkip: false },
  skip_transcoder: { nonlinearity: 'relu', isTranscoder: true, hasSkip: true },
  jumprelu_transcoder: { nonlinearity: 'jumprelu', isTranscoder: true, hasSkip: false },
  jumprelu_skip_transcoder: { nonlinearity: 'jumprelu', isTranscoder: true, hasSkip: true },
} as const;

export type Architecture = keyof typeof ARCHITECTURES;

const NAMES = Object.keys(ARCHITECTURES) as Architecture[];

/**
 * Read a `cfg.json` of any version of SAELens. Defaults are those of the version that wrote it.
 * @throws one line with the file, the field and its value, where it says what is not supported, or is not known
 */
export function readConfig(path: string): SaeLensConfig {
  const fields = new Fields(path);
  const architecture = architectureOf(fields);
  const { isTranscoder, hasSkip } = ARCHITECTURES[architecture];
  checkNormalisation(fields);
  checkUse(fields);
  const site = siteOf(fields, isTranscoder);
  const sizes = sizesOf(fields, isTranscoder);
  checkReshaping(fields, site.family);
  const k = architecture === 'topk' ? largestOf(fields, sizes.dSae) : undefined;
  if (architecture !== 'topk' && fields.get('k') !== undefined)
    fields.refuse('k', 'nothing', `, of ${architecture}`);
  return {
    path,
    architecture,
    spec: { ...site, ...sizes, ...(hasSkip && { hasSkip }), ...(k !== undefined && { k }) },
    subtractsBias: subtractsBias(fields, isTranscoder),
    rescaled: rescales(fields, architecture),
  };
}

/** Before version 6, an SAE without architecture was a standard one, and a function `topk` made a standard SAE TopK. */
function architectureOf(fields: Fields): Architecture {
  const missing = fields.isOld ? 'standard' : undefined;
  const named = fields.oneOf<Architecture | undefined>('architecture', NAMES, missing);
  const hasTopK = fields.get('activation_fn') === 'topk';
  const isTopK = named === 'topk' || (fields.isOld && named === 'standard' && hasTopK);
  fields.oneOf('activation_fn', isTopK ? ['topk', 'relu'] : ['relu'], 'relu');
  if (!isTopK && Object.keys(kwargsOf(fields)).length > 0)
    fields.refuse('activation_fn_kwargs', 'none, of relu');
  return isTopK ? 'topk' : named!;
}

function kwargsOf(fields: Fields): Readonly<Record<string, unknown>> {
  const kwargs = fields.get('activation_fn_kwargs') ?? {};
  if (typeof kwargs === 'object' && kwargs !== null && !Array.isArray(kwargs))
    return kwargs as Record<string, unknown>;
  return fields.refuse('activation_fn_kwargs', 'an object');
}

/** The k of TopK, of which older versions made an argument of the function. */
function largestOf(fields: Fields, dSae: number): number {
  const { k = undefined, ...others } = kwargsOf(fields);
  const named = fields.get('k');
  if (Object.keys(others).length > 0 || (named !== undefined && k !== undefined && k !== named))
    fields.refuse('activation_fn_kwargs', 'k alone, and the same as k');
  const largest = named === undefined && Number.isSafeInteger(k) ? Number(k) : fields.count('k');
  if (largest < 1 || largest > dSae)
    fields.refuse(named === undefined ? 'activation_fn_kwargs' : 'k', `k from 1 to ${dSae}`);
  return largest;
}

/** Only what is folded into the weights: a constant of the data is not in the files, and others vary by position. */
function checkNormalisation(fields: Fields): void {
  const value = fields.get('normalize_activations');
  if (value === undefined || value === false || value === 'none') return;
  const why =
    value === true || value === 'expected_average_only_in'
      ? ', as the scale is in no file: fold it into the weights (fold_activation_norm_scaling_factor)'
      : '';
  fields.refuse('normalize_activations', '"none"', why);
}

/** @throws where it is for a model whose weights are processed, for some positions, or of another type of numbers */
function checkUse(fields: Fields): void {
  fields.oneOf<unknown>('finetuning_scaling_factor', [true, false], false); // the array is checked when it is loaded
  const dtypes = ['float32', 'float64', 'float16', 'bfloat16'];
  fields.oneOf<unknown>('dtype', [...dtypes, ...dtypes.map((name) => `torch.${name}`)], 'float32');
  const positions = fields.get('seqpos_slice');
  const isAll = Array.isArray(positions) && positions.every((each) => each === null);
  if (positions !== undefined && !isAll)
    fields.refuse('seqpos_slice', '[null], as it is applied at every position');
  checkLoading(fields);
}

/** Heads are put side by side where the hook has them apart; of another hook, positions would be. */
function checkReshaping(fields: Fields, family: Family): void {
  const allowed = family === 'att' ? ['none', 'hook_z'] : ['none'];
  fields.oneOf<unknown>('reshape_activations', allowed, 'none');
}

function checkLoading(fields: Fields): void {
  const name = 'model_from_pretrained_kwargs';
  const kwargs = fields.get(name) ?? {};
  if (typeof kwargs !== 'object' || kwargs === null || Array.isArray(kwargs))
    fields.refuse(name, 'an object');
  for (const [key, value] of Object.entries(kwargs as object)) {
    if (LOADING.has(key) || (PROCESSING.has(key) && value === false)) continue;
    const expected = PROCESSING.has(key)
      ? 'false'
      : 'an argument that leaves activations as they are';
    throw new Error(
      `${fields.path}: ${name}: ${nameShown(key)} is ${shown(value)}, expected ${expected}: use an SAE of the model as it was published`,
    );
  }
}

function sizesOf(fields: Fields, isTranscoder: boolean): Pick<SaeSpec, 'dIn' | 'dSae' | 'dOut'> {
  const [dIn, dSae] = [fields.count('d_in'), fields.count('d_sae')];
  if (isTranscoder) return { dIn, dSae, dOut: fields.count('d_out') };
  fields.oneOf<unknown>('d_out', [dIn], dIn, ', as d_in');
  return { dIn, dSae, dOut: dIn };
}

/** The bias of a transcoder is of what it rebuilds, and cannot be subtracted from what it reads. */
function subtractsBias(fields: Fields, isTranscoder: boolean): boolean {
  if (!isTranscoder) return fields.oneOf('apply_b_dec_to_input', [true, false], true);
  return fields.oneOf<boolean | undefined>(
    'apply_b_dec_to_input',
    [false],
    undefined,
    ', of a transcoder',
  )!;
}

function rescales(fields: Fields, architecture: Architecture): boolean {
  const allowed = architecture === 'topk' ? [true, false] : [false];
  return fields.oneOf('rescale_acts_by_decoder_norm', allowed, false, `, of ${architecture}`);
}
