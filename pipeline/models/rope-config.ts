import { z } from 'zod';
import { type ConfigFile, configError, positiveInteger, positiveNumber } from './config.ts';
import type { RotaryScaling, RotarySpec } from './decoder-spec.ts';

const shared = {
  rope_theta: positiveNumber.optional(),
  partial_rotary_factor: z.literal(1).optional(),
  /** The older name of `rope_type`. */
  type: z.string().optional(),
};

const TYPES = z.discriminatedUnion(
  'rope_type',
  [
    z.strictObject({ rope_type: z.literal('default'), ...shared }),
    z.strictObject({ rope_type: z.literal('linear'), factor: positiveNumber, ...shared }),
    z.strictObject({
      rope_type: z.literal('llama3'),
      factor: positiveNumber,
      low_freq_factor: positiveNumber,
      high_freq_factor: positiveNumber,
      original_max_position_embeddings: positiveInteger.optional(),
      ...shared,
    }),
    z.strictObject({
      rope_type: z.literal('yarn'),
      factor: positiveNumber.min(1),
      original_max_position_embeddings: positiveInteger.optional(),
      // Other values than the defaults of transformers are not built.
      beta_fast: z.literal(32).optional(),
      beta_slow: z.literal(1).optional(),
      truncate: z.literal(true).optional(),
      ...shared,
    }),
  ],
  { error: 'expected default, linear, llama3 or yarn' },
);

/** The value of `rope_scaling` or, in newer files, `rope_parameters`. */
export const RopeParameters = z.preprocess(withType, TYPES);
export type RopeParameters = z.infer<typeof RopeParameters>;

/** Add `rope_type` where only the older name is there, or none. */
function withType(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { type, rope_type = type ?? 'default' } = value as Record<string, unknown>;
  return { ...value, rope_type };
}

/** The fields of config.json about rotary position embeddings. */
export interface RopeConfig {
  readonly rope_theta?: number | undefined;
  /** The name of the field, if it is not rope_theta. */
  readonly thetaField?: string;
  readonly rope_scaling?: RopeParameters | null | undefined;
  readonly rope_parameters?: RopeParameters | null | undefined;
  /** θ if no field has it. */
  readonly defaultTheta: number;
  readonly maxPositions: number;
}

/**
 * Rotary position embeddings from older or newer fields.
 * @throws if two fields contradict each other: `config.json: rope_theta: 10000 here, 500000 in rope_parameters: …`
 */
export function rotaryOf(config: RopeConfig, file: ConfigFile): RotarySpec {
  const { rope_theta, thetaField = 'rope_theta', rope_scaling, rope_parameters } = config;
  for (const [name, parameters] of Object.entries({ rope_scaling, rope_parameters }))
    checkParameters(name, parameters, config, file);
  const parameters = rope_parameters ?? rope_scaling;
  const spec = {
    base: parameters?.rope_theta ?? rope_theta ?? config.defaultTheta,
    scaling: scalingOf(parameters, config),
  };
  const older = scalingOf(rope_scaling ?? parameters, config);
  if (JSON.stringify(older) !== JSON.stringify(spec.scaling))
    throw configError(file, 'rope_scaling', 'differs from rope_parameters');
  if (spec.scaling?.type === 'yarn' && spec.base <= 1)
    throw configError(file, thetaField, `${spec.base}, and yarn needs more than 1`);
  return spec;
}

function checkParameters(
  name: string,
  parameters: RopeParameters | null | undefined,
  { rope_theta, thetaField = 'rope_theta' }: RopeConfig,
  file: ConfigFile,
): void {
  if (!parameters) return;
  const { rope_type, type = rope_type, rope_theta: theta = rope_theta } = parameters;
  if (type !== rope_type)
    throw configError(file, `${name}.type`, `${type} here, rope_type ${rope_type}`);
  if (rope_theta !== undefined && theta !== rope_theta)
    throw configError(file, thetaField, `${rope_theta} here, ${theta} in ${name}`);
  if (
    parameters.rope_type === 'llama3' &&
    parameters.high_freq_factor <= parameters.low_freq_factor
  )
    throw configError(file, `${name}.high_freq_factor`, 'expected more than low_freq_factor');
}

function scalingOf(
  parameters: RopeParameters | null | undefined,
  { maxPositions }: RopeConfig,
): RotaryScaling | null {
  switch (parameters?.rope_type) {
    case 'linear':
      return { type: 'linear', factor: parameters.factor };
    case 'llama3':
      return {
        type: 'llama3',
        factor: parameters.factor,
        lowFrequencyFactor: parameters.low_freq_factor,
        highFrequencyFactor: parameters.high_freq_factor,
        originalContext: parameters.original_max_position_embeddings ?? maxPositions,
      };
    case 'yarn':
      return {
        type: 'yarn',
        factor: parameters.factor,
        originalContext: parameters.original_max_position_embeddings ?? maxPositions,
      };
    default:
      return null;
  }
}
