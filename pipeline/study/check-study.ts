import { FORMS } from '../lists/forms.ts';
import { TEMPLATES, type TemplateName } from '../schema/templates.ts';
import { topicId } from '../schema/topic-id.ts';
import { PLACEHOLDER } from './message.ts';
import type { ModelStudy, SaeChoice } from './study.ts';
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
  checkChosen(study, path);
  checkAttribution(study, path);
  checkJudge(study, path);
  checkOtherCircuit(study, path);
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
  'otherCircuit',
  'explained',
  'explanations',
  'pilot',
] as const;
const OPTIONAL: readonly string[] = [
  'circuits',
  'otherCircuit',
  'explained',
  'explanations',
  'pilot',
];

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

/** What may not repeat although it stands in two places, or in two spellings. */
function checkRepeats({ name, topics, sampling, sweep, authorship }: ModelStudy, path: string) {
  const ids = topics.map(topicId);
  const repeated = topics.find((_, i) => ids.indexOf(ids[i]!) < i);
  if (repeated !== undefined) fail(path, ['topics'], 'each topic once', repeated);
  const { temperatures } = sweep;
  const once = 'each temperature once, sampling.temperature apart';
  if (temperatures.includes(sampling.temperature))
    fail(path, ['sweep', 'temperatures'], once, sampling.temperature);
  if (authorship?.studies.includes(name))
    fail(path, ['authorship', 'studies'], 'each other study once', name);
}

/** Ends are attributed to the study's own SAEs, and edited are features to which ends were attributed. */
function checkChosen({ saes, attribution, ablation }: ModelStudy, path: string): void {
  const all = saes?.ids ?? [];
  const unknown = attribution?.saes?.find((id) => !all.includes(id));
  if (unknown !== undefined) fail(path, ['attribution', 'saes'], 'ids among saes.ids', unknown);
  const attributed = attribution?.saes ?? all;
  const other = ablation?.saes?.find((id) => !attributed.includes(id));
  if (other !== undefined)
    fail(
      path,
      ['ablation', 'saes'],
      'ids among attribution.saes, or saes.ids without these',
      other,
    );
}

/** Lists on every noise of edited ones are compared with lists without an edit; one protocol is that of every split. */
function checkDraws({ ablation }: ModelStudy, path: string): void {
  if (ablation === undefined) return;
  const { draws, controls, splits, protocols } = ablation;
  if (protocols !== undefined && !protocols.includes('from-prompt'))
    fail(
      path,
      ['ablation', 'protocols'],
      'from-prompt among them, by which the topics’ halves are edited',
      protocols,
    );
  if (controls.written > controls.draws)
    fail(path, ['ablation', 'controls', 'written'], 'no more than draws', controls.written);
  const most = Math.max(controls.written, splits, 2);
  if (draws < most)
    fail(path, ['ablation', 'draws'], `at least ${most}, as many as edited lists have`, draws);
}

function checkTemplates(study: ModelStudy, path: string): void {
  const { templates, entropy, attribution, patching, circuits } = study;
  for (const name of TEMPLATES) checkQualifier(study, name, path);
  const swapped: [Path, readonly TemplateName[]][] = [
    [['entropy', 'templates'], entropy.templates],
    [['attribution', 'templates'], attribution?.templates ?? []],
  ];
  const want = 'a template with a qualifier to swap';
  for (const [field, names] of swapped)
    names.forEach((name, i) => {
      if (templates[name].qualifier === undefined) fail(path, [...field, i], want, name);
    });
  for (const [part, of] of Object.entries({ patching, circuits }))
    if (of !== undefined && templates[of.template].qualifier === undefined)
      fail(path, [part, 'template'], want, of.template);
}

function checkQualifier(
  { templates, topics }: Pick<ModelStudy, 'templates' | 'topics'>,
  name: TemplateName,
  path: string,
): void {
  const { prompt, qualifier, swapFor } = templates[name];
  const field = (key: string): Path => ['templates', name, key];
  if ((qualifier === undefined) !== (swapFor === undefined))
    fail(path, field('swapFor'), 'qualifier and swapFor together', swapFor);
  if (qualifier === undefined) return;
  const others = TEMPLATES.filter((other) => other !== name).map(
    (other) => templates[other].qualifier,
  );
  if (!others.includes(swapFor) || swapFor === qualifier)
    fail(path, field('swapFor'), "another template's qualifier", swapFor);
  if (prompt.split(qualifier).length !== 2)
    fail(path, field('prompt'), `"${qualifier}" once, to swap for "${swapFor}"`, prompt);
  // The qualifier is the first such token of a message: a topic before it may not have it, too.
  const topic = topics.findIndex((each) => ` ${each}`.includes(qualifier));
  if (topic >= 0 && prompt.indexOf(PLACEHOLDER) < prompt.indexOf(qualifier))
    fail(path, ['topics', topic], `no "${qualifier}", which ${name} has after it`, topics[topic]);
}

/** A circuit is compared with that of a study of another name. */
function checkOtherCircuit({ name, circuits, otherCircuit }: ModelStudy, path: string): void {
  if (otherCircuit === undefined) return;
  if (circuits === undefined)
    fail(path, ['otherCircuit'], 'nothing, as the study has no circuits', otherCircuit);
  if (otherCircuit === name) fail(path, ['otherCircuit'], 'another study', name);
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
