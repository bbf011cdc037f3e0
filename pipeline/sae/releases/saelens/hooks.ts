import type { Family } from '../../../schema/sae-families.ts';
import type { SaeSpec } from '../../sae.ts';
import type { Fields } from './fields.ts';

/** Where an SAE is: its id, and the names of its hooks. */
export type Site = Pick<SaeSpec, 'id' | 'family' | 'layer' | 'hook' | 'outputHook'>;

/**
 * The hooks of an SAE or a transcoder. SAELens names them as TransformerLens does, or as modules of transformers.
 * @throws one line with the file and the field, where a hook is none of those supported, or fields disagree
 */
export function siteOf(fields: Fields, isTranscoder: boolean): Site {
  fields.oneOf('hook_head_index', [null], null, ', as an SAE of one head is not supported');
  fields.oneOf('hook_head_index_out', [null], null, ', as an SAE of one head is not supported');
  const site = isTranscoder ? transcoderSite(fields) : saeSite(fields);
  checkLayer(fields, 'hook_layer', layerOf(fields.text('hook_name')!)!);
  checkLayer(fields, 'hook_layer_out', site.layer);
  checkModule(fields, 'hf_hook_name', site.hook);
  checkModule(fields, 'hf_hook_name_out', site.outputHook);
  return site;
}

interface Hook {
  readonly family: Family;
  /** Of the project's hook, from that of the name. */
  readonly layerOffset: number;
  /** The project's name of the hook, within its layer. */
  readonly hook: string;
}

/** By what stands after the layer. The residual stream before a layer is that after the layer before it. */
const SAE_HOOKS: ReadonlyMap<string, Hook> = new Map([
  ['hook_resid_post', { family: 'res', layerOffset: 0, hook: 'hook_resid_post' }],
  ['hook_resid_pre', { family: 'res', layerOffset: -1, hook: 'hook_resid_post' }],
  ['attn.hook_z', { family: 'att', layerOffset: 0, hook: 'attn.hook_z' }],
  ['hook_mlp_out', { family: 'mlp', layerOffset: 0, hook: 'hook_mlp_out' }],
]);

function saeSite(fields: Fields): Site {
  if (
    fields.get('hook_name_out') !== undefined &&
    fields.get('hook_name_out') !== fields.get('hook_name')
  )
    fields.refuse('hook_name_out', 'hook_name, of an SAE that is no transcoder');
  const name = fields.text('hook_name');
  const found = name === undefined ? undefined : SAE_HOOKS.get(suffixOf(name));
  const layer = name === undefined ? undefined : layerOf(name);
  if (!found || layer === undefined) return fields.refuse('hook_name', SAE_HOOKS_IN_WORDS);
  const { family, layerOffset, hook } = found;
  if (layer + layerOffset < 0)
    return fields.refuse('hook_name', 'a layer from 1 on, as no layer is before the first');
  return siteAt(family, layer + layerOffset, [hook, hook]);
}

const SAE_HOOKS_IN_WORDS = `${[...SAE_HOOKS.keys()].map((hook) => `blocks.N.${hook}`).join(', ')} or model.layers.N`;

/** Hooks that transcoders read, by what stands after the layer: the output of the norm before the MLP without and with its weight. */
const TRANSCODER_INPUTS: ReadonlyMap<string, string> = new Map([
  ['ln2.hook_normalized', 'ln2.hook_normalized'],
  ['mlp.hook_in', 'ln2.output'],
]);

function transcoderSite(fields: Fields): Site {
  const name = fields.text('hook_name');
  const layer = name === undefined ? undefined : layerOf(name);
  const input = name === undefined ? undefined : transcoderInput(fields, suffixOf(name));
  if (input === undefined || layer === undefined)
    return fields.refuse('hook_name', 'blocks.N.ln2.hook_normalized or blocks.N.mlp.hook_in');
  const output = `blocks.${layer}.${MLP_OUT}`;
  if (fields.get('hook_name_out') !== output) return fields.refuse('hook_name_out', output);
  return siteAt('tc', layer, [input, MLP_OUT]);
}

const MLP_OUT = 'hook_mlp_out';

/**
 * `hook_mlp_in` is the residual stream in TransformerLens, and the output of the norm before the MLP in the configs that SAELens
 * makes of Gemma Scope 2: it is taken where the name of the module beside it says which.
 */
function transcoderInput(fields: Fields, suffix: string): string | undefined {
  const ofModule = fields.text('hf_hook_name') ?? '';
  if (suffix === 'hook_mlp_in' && MODULE_HOOKS.get(suffixOf(ofModule)) === 'ln2.output')
    return 'ln2.output';
  return TRANSCODER_INPUTS.get(suffix);
}

/** Outputs and inputs of modules of transformers, by what stands after the layer, and their hooks. */
const MODULE_HOOKS: ReadonlyMap<string, string> = new Map([
  ['output', 'hook_resid_post'],
  ['self_attn.o_proj.input', 'attn.hook_z'],
  ['post_feedforward_layernorm.output', MLP_OUT],
  ['pre_feedforward_layernorm.output', 'ln2.output'],
]);

function checkModule(fields: Fields, name: string, hook: string): void {
  const ofModule = fields.text(name);
  if (ofModule === undefined) return;
  const suffix = suffixOf(ofModule);
  const found = MODULE_HOOKS.get(suffix) ?? SAE_HOOKS.get(suffix)?.hook;
  if (`blocks.${layerOf(ofModule)}.${found}` !== hook)
    fields.refuse(name, `the module of ${hook}, as hook_name says`);
}

function checkLayer(fields: Fields, name: string, layer: number): void {
  const value = fields.get(name);
  if (value !== undefined && value !== layer) fields.refuse(name, `${layer}, as in hook_name`);
}

const siteAt = (
  family: Family,
  layer: number,
  [input, output]: readonly [input: string, output: string],
): Site => ({
  id: `${family}_${layer}`,
  family,
  layer,
  hook: `blocks.${layer}.${input}`,
  outputHook: `blocks.${layer}.${output}`,
});

/** `blocks.7.attn.hook_z`, or `model.layers.7.mlp`. */
const NAME =
  /^(?:blocks|model\.layers|model\.language_model\.layers)\.(0|[1-9]\d{0,3})(?:\.(.+))?$/;

const layerOf = (name: string): number | undefined => {
  const layer = NAME.exec(name)?.[1];
  return layer === undefined ? undefined : Number(layer);
};

/** What stands after the layer. A layer of transformers gives the residual stream. */
function suffixOf(name: string): string {
  const suffix = NAME.exec(name)?.[2];
  if (suffix !== undefined) return suffix;
  return name.startsWith('model.') ? 'hook_resid_post' : '';
}
