import { dirname } from 'node:path';
import { nameShown, shown } from '../../schema/one-line.ts';
import type { Family } from '../../schema/sae-families.ts';
import type { SaeSpec } from '../sae.ts';

/**
 * Check that the name of an SAE's folder and its `config.json` say the same as its hooks and its arrays. The file and each
 * of its keys may be missing.
 * @throws one line with the file and the key, where they do not, or where a key is not known
 */
export function checkConfig(config: unknown, path: string, sae: SaeSpec): void {
  const folder = dirname(path);
  if (folder.endsWith('_affine') && !sae.hasSkip)
    throw new Error(`${folder}: no affine_skip_connection in params.safetensors: fetch it again`);
  if (config === undefined) return;
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw new Error(`${path}: not an object: fetch the SAE again`);
  const expected = expectedOf(sae);
  for (const [key, value] of Object.entries(config)) {
    if (HARMLESS.has(key)) continue;
    if (!expected.has(key))
      throw new Error(
        `${path}: ${nameShown(key)}: unknown field, which may change what the SAE computes: use an SAE without it`,
      );
    if (value !== expected.get(key))
      throw new Error(
        `${path}: ${key} is ${shown(value)}, expected ${shown(expected.get(key))} by its folder and arrays: fetch the SAE again, or use another`,
      );
  }
}

/** What nothing is computed with: the L0 that training aimed at, the model's name in one of several spellings. */
const HARMLESS: ReadonlySet<string> = new Set(['l0', 'model_name']);

function expectedOf({ family, layer, dSae, hasSkip = false }: SaeSpec) {
  const [input, output] = MODULES[family];
  return new Map<string, string | number | boolean>([
    ['architecture', 'jump_relu'],
    ['type', family === 'tc' ? 'transcoder' : 'sae'],
    ['hf_hook_point_in', `model.layers.${layer}.${input}`],
    ['hf_hook_point_out', `model.layers.${layer}.${output}`],
    ['width', dSae],
    ['affine_connection', hasSkip],
  ]);
}

/** Module of transformers whose input or output an SAE of each family reads and reconstructs, within its layer. */
const MODULES: Readonly<Record<Family, readonly [input: string, output: string]>> = {
  res: ['output', 'output'],
  att: ['self_attn.o_proj.input', 'self_attn.o_proj.input'],
  mlp: ['post_feedforward_layernorm.output', 'post_feedforward_layernorm.output'],
  tc: ['pre_feedforward_layernorm.output', 'post_feedforward_layernorm.output'],
};
