import { FORMS } from '../lists/forms.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { slug } from './message.ts';
import type { ModelStudy, SaeChoice, StudyTemplate } from './study.ts';
import { fail, type Path } from './study-error.ts';

/**
 * Check rules that involve several fields.
 * @param path of the study file, for errors
 * @throws one line with the first fault
 */
export function checkConsistency(study: ModelStudy, path: string): void {
  checkModel(study, path);
  checkSaes(study, path);
  checkRepeats(study, path);
  checkTemplates(study, path);
  checkDraws(study, path);
  checkAttribution(study, path);
  checkJudge(study, path);
}

function checkModel({ model }: ModelStudy, path: string): void {
  const named = [model.dir, model.hub, model.gguf].filter((source) => source !== undefined);
  if (named.length !== 1) fail(path, ['model'], 'one of dir, hub with revision, gguf', model);
  if ((model.hub === undefined) !== (model.revision === undefined))
    fail(path, ['model', 'revision'], 'a commit, with hub only', model.revision);
}

/** Settings that only a study with SAEs may have; such a study must have the first three. */
const SAE_SETTINGS = [
  'attribution',
  'ablation',
  'baselines',
  'circuits',
  'explained',
  'explanations',
  'pilot',
] as const;
const OPTIONAL: readonly string[] = ['circuits', 'explained', 'explanations', 'pilot'];

function checkSaes(study: ModelStudy, path: string): void {
  const { saes } = study;
  for (const name of SAE_SETTINGS) {
    if (saes === undefined && study[name] !== undefined)
      fail(path, [name], 'nothing, as the study has no saes', study[name]);
    if (saes !== undefined && study[name] === undefined && !OPTIONAL.includes(name))
      fail(path, [name], 'its settings, as the study has saes', undefined);
  }
  if (saes === undefined) return;
  const sources = [saes.dir, saes.hub, saes.train].filter((source) => source !== undefined);
  if (sources.length !== 1) fail(path, ['saes'], 'one of dir, hub and train', saes);
  checkRevisions({ ...saes, ids: [...saes.ids, ...(study.circuits?.transcoders ?? [])] }, path);
}

/** SAEs from the hub need a commit for each family that is used. */
function checkRevisions({ hub, ids, revisions }: SaeChoice, path: string): void {
  if (hub === undefined && revisions !== undefined)
    fail(path, ['saes', 'revisions'], 'commits with hub only', revisions);
  const pinned = new Set<string>(Object.keys(revisions ?? {}));
  const families = ids.map((id) => id.slice(0, id.indexOf('_')));
  const unpinned = families.find((family) => hub !== undefined && !pinned.has(family));
  if (unpinned !== undefined)
    fail(path, ['saes', 'revisions', unpinned], 'the commit of its repository', undefined);
}

function checkRepeats(study: ModelStudy, path: string): void {
  const { name, topics, sampling, sweep, authorship, ablation, baselines, circuits } = study;
  const firstRepeat = <T>(values: readonly T[] = []) =>
    values.find((value, i) => values.indexOf(value) < i);
  const repeatedTopic = topics.find((name, i) => topics.map(slug).indexOf(slug(name)) < i);
  const fields: [Path, unknown, string][] = [
    [['topics'], repeatedTopic, 'each topic once'],
    [
      ['sweep', 'temperatures'],
      firstRepeat([sampling.temperature, ...sweep.temperatures]),
      'each temperature once, sampling.temperature apart',
    ],
    [
      ['authorship', 'studies'],
      firstRepeat([name, ...(authorship?.studies ?? [])]),
      'each other study once',
    ],
    [
      ['circuits', 'written', 'features'],
      firstRepeat(circuits?.written.features),
      'each number once',
    ],
    [['circuits', 'transcoders'], firstRepeat(circuits?.transcoders), 'each transcoder once'],
    [['ablation', 'doses'], firstRepeat(ablation?.doses), 'each dose once'],
    [['baselines', 'layers'], firstRepeat(baselines?.layers), 'each layer once'],
    [['baselines', 'strengths'], firstRepeat(baselines?.strengths), 'each strength once'],
    [['baselines', 'endLogits'], firstRepeat(baselines?.endLogits), 'each value once'],
  ];
  for (const [field, repeat, expectation] of fields)
    if (repeat !== undefined) fail(path, field, expectation, repeat);
}

/** Lists on every noise of edited ones are compared with lists without an edit. */
function checkDraws({ ablation }: ModelStudy, path: string): void {
  if (ablation === undefined) return;
  const { draws, controls, splits } = ablation;
  if (controls.written > controls.draws)
    fail(path, ['ablation', 'controls', 'written'], 'no more than draws', controls.written);
  const most = Math.max(controls.written, splits, 2);
  if (draws < most)
    fail(path, ['ablation', 'draws'], `at least ${most}, as many as edited lists have`, draws);
}

function checkTemplates(study: ModelStudy, path: string): void {
  const { templates, entropy, attribution, circuits } = study;
  const qualifiers = TEMPLATES.map((name) => templates[name].qualifier);
  for (const name of TEMPLATES) checkQualifier(templates[name], qualifiers, { path, name });
  const swapped = { entropy: entropy.templates, attribution: attribution?.templates ?? [] };
  if (circuits && templates[circuits.template].qualifier === undefined)
    fail(path, ['circuits', 'template'], 'a template with a qualifier to swap', circuits.template);
  for (const [part, names] of Object.entries(swapped))
    names.forEach((name, i) => {
      if (templates[name].qualifier === undefined)
        fail(path, [part, 'templates', i], 'a template with a qualifier to swap', name);
    });
}

function checkQualifier(
  { prompt, qualifier, swapFor }: StudyTemplate,
  qualifiers: readonly (string | undefined)[],
  { path, name }: { readonly path: string; readonly name: string },
): void {
  const field = (key: string): Path => ['templates', name, key];
  if ((qualifier === undefined) !== (swapFor === undefined))
    fail(path, field('swapFor'), 'qualifier and swapFor together', swapFor);
  if (!qualifiers.includes(swapFor))
    fail(path, field('swapFor'), "another template's qualifier", swapFor);
  if (qualifier !== undefined && prompt.split(qualifier).length !== 2)
    fail(path, field('prompt'), `"${qualifier}" once, to swap for "${swapFor}"`, prompt);
}

/** A question is put in a turn of the user, and answered by a model that was trained to answer. */
function checkJudge({ explained, form, modelKind }: ModelStudy, path: string): void {
  if (explained?.judge !== true) return;
  if (modelKind === 'base' || FORMS[form].request !== 'chat')
    fail(path, ['explained', 'judge'], 'false, as the model does not answer in a chat', true);
}

/** Points belong to a path, and the exact effects are those of ranked features. */
function checkAttribution({ attribution }: ModelStudy, path: string): void {
  if (attribution === undefined) return;
  const { method, exact, top } = attribution;
  for (const name of ['steps', 'tolerance'] as const)
    if ((method === 'integrated') !== (attribution[name] !== undefined))
      fail(
        path,
        ['attribution', name],
        'a number, with the method integrated only',
        attribution[name],
      );
  if (exact !== undefined && exact.cells > top)
    fail(path, ['attribution', 'exact', 'cells'], `at most top, ${top}`, exact.cells);
}
