import { join } from 'node:path';
import type { WriteStream } from 'node:tty';
import { machineName } from '../engine/machine-name.ts';
import { type Device, planWithoutGraphs } from '../engine/memory-plan.ts';
import { once } from '../engine/once.ts';
import { withProgressSync } from '../engine/progress.ts';
import type { Resource, Resources } from '../engine/resource.ts';
import type { ListForm } from '../lists/form.ts';
import { FORMS } from '../lists/forms.ts';
import type { TokenForm } from '../lists/token-form.ts';
import { outlineModel } from '../models/model.ts';
import { authoredListsResource } from '../resources/authored-lists.ts';
import { explanationsResource } from '../resources/explanations.ts';
import { formResource } from '../resources/form.ts';
import { modelResource, type StudiedModel, type WritingProducts } from '../resources/model.ts';
import { otherCircuitResource } from '../resources/other-circuit.ts';
import { predictionsResource } from '../resources/predictions.ts';
import { processResource } from '../resources/process.ts';
import { releasedResource, tokenizerFolder } from '../resources/released.ts';
import type { SaeFolders } from '../resources/sae-folders.ts';
import { saesResource } from '../resources/saes.ts';
import { tokenizerResource } from '../resources/tokenizer.ts';
import { trainedSaes } from '../resources/trained-saes.ts';
import { numericsOf } from '../runtime/numerics.ts';
import type { Provider } from '../runtime/provider.ts';
import { releaseOf } from '../sae/releases/all.ts';
import type { SaeFile } from '../sae/sae.ts';
import { featuresOf } from '../sae/width.ts';
import { pinnedVersion } from '../schema/code-version.ts';
import type { Provenance } from '../schema/manifest.ts';
import { sha256 } from '../schema/sha256.ts';
import type { Table } from '../schema/table.ts';
import type { ModelFolder } from '../sources/model-folder.ts';
import { stagesOf } from '../stages/all.ts';
import type { Needs } from '../stages/define.ts';
import { type Planning, planStage } from '../stages/plan.ts';
import type { ModelStudy, ReleasedStudy, SaeChoice, Study } from '../study/study.ts';
import { transcoderChoice } from '../study/transcoder-choice.ts';
import { SUBJECTS } from '../subjects/all.ts';
import type { ChatFormat } from '../subjects/subject.ts';
import type { Run } from './run.ts';

/** Everything that a study of a model needs to run. */
export interface ModelParts {
  readonly study: ModelStudy;
  readonly provider: Provider;
  /** Of the lists that are written; float32 where left out. */
  readonly products?: WritingProducts;
  readonly device: Device;
  readonly model: ModelFolder;
  /** Null for a study without SAEs, and where the project trains them. */
  readonly saes: SaeFolders | null;
  /** Those of the study's circuits, likewise. */
  readonly transcoders: SaeFolders | null;
  /** The folder that holds `data/`. */
  readonly root: string;
  /** Folder of the study's tables. */
  readonly results: string;
  readonly output: WriteStream;
}

/** A run of a study of a model, with all its resources. A resource is opened when a stage first needs it. */
export function modelRun(parts: ModelParts): Run {
  const { study, provider, products = 'float32', device, model: folder } = parts;
  const { saes, root, results, output } = parts;
  const subject = SUBJECTS[study.subject];
  const tokenizer = tokenizerResource(folder.dir);
  const form = formResource(tokenizer, subject.chat, FORMS[study.form]);
  const model = modelResource({
    folder,
    subject,
    provider,
    products,
    cache: join(root, 'data/cache'),
    withProgress: (work) => withProgressSync('float32 weights', output, work),
  });
  const predictions = predictionsResource(predictionsPath(root, study.name));
  const corpusForm = study.saes?.train?.form;
  const opened = {
    model,
    form: corpusForm ? formResource(tokenizer, subject.chat, FORMS[corpusForm]) : form,
  };
  const folders = study.saes ? (saes ?? trainedOf(parts, study.saes, opened)) : null;
  const transcoders = transcodersOf(parts, opened);
  const otherForm =
    study.robustness && formResource(tokenizer, subject.chat, FORMS[study.robustness.form]);
  const resources: Resources<Needs> = {
    model,
    tokenizer,
    form,
    ...(otherForm && { otherForm }),
    ...(study.authorship && {
      authoredLists: authoredListsResource(root, study.authorship.studies),
    }),
    ...(folders &&
      study.saes && { saes: saesResource(study.saes, releaseOf(study.saes), folders) }),
    ...(transcoders && { transcoders }),
    ...(transcoders &&
      study.otherCircuit && {
        otherCircuit: otherCircuitResource(root, study.otherCircuit, { model, transcoders }),
      }),
    ...(study.saes && { explanations: explanationsOf(study, root) }),
    ...(predictions && { predictions }),
    ...(study.kind === 'miniature' && { process: processResource(tokenizer) }),
  };
  const planning: Planning = {
    study,
    provider,
    device,
    outline: once(() => outlineModel(folder.dir, subject.architecture, numericsOf(provider))),
    uncounted: subject.uncounted,
    form: form.open,
    ...(otherForm && { otherForm: otherForm.open }),
    ...(corpusForm && { corpusForm: opened.form.open }),
    results,
    saes: saes?.saeLens,
    transcoders: parts.transcoders?.saeLens,
  };
  const ids = { model: folder.id, model_revision: folder.revision, provider };
  const common = commonParts(study, resources, ids);
  const { runtime } = common.provenance;
  return {
    ...common,
    provenance: {
      ...common.provenance,
      runtime:
        products === 'float32' ? runtime : `${runtime}, lists written with ${products} products`,
    },
    results,
    planning,
    plan: async (stage) => {
      const plan = await planStage(stage, planning);
      return { plan, settings: { batchSize: plan.batchSize ?? study.batchSize } };
    },
  };
}

/** The file of a study's predictions. */
export const predictionsPath = (root: string, study: string): string =>
  join(root, 'data/predictions', `${study}.yaml`);

interface Opened {
  readonly model: Resource<StudiedModel>;
  /** Of the lists that SAEs are trained on. */
  readonly form: Resource<TokenForm>;
}

/** The transcoders of a study's circuits; null for a study without. */
function transcodersOf(parts: ModelParts, opened: Opened): Resource<readonly SaeFile[]> | null {
  const choice = transcoderChoice(parts.study);
  const folders = choice && (parts.transcoders ?? trainedOf(parts, choice, opened));
  return folders && saesResource(choice, releaseOf(choice), folders);
}

/** SAEs that the project trains on the study's model; null where it trains none. */
function trainedOf(
  { study, model: { revision }, products = 'float32', root, output }: ModelParts,
  saes: SaeChoice,
  { model, form }: Opened,
): SaeFolders | null {
  if (saes.train === undefined) return null;
  const { form: corpusForm = study.form, ...train } = saes.train;
  return trainedSaes({
    study: { ...study, form: corpusForm },
    saes: { ...saes, train },
    // They are trained on lists that the model writes.
    modelRevision: products === 'float32' ? revision : `${revision} ${products}`,
    model,
    form,
    cache: join(root, 'data/cache/saes'),
    output,
  });
}

/** A run of a study of released data: it has no model and no SAEs. @param from folder of the released files */
export function releasedRun(study: ReleasedStudy, from: string | undefined, root: string): Run {
  const { repository, revision } = study.released;
  const tokenizer = tokenizerResource(tokenizerFolder());
  const resources: Resources<Needs> = {
    tokenizer,
    form: formResource(tokenizer, SUBJECTS[study.subject].chat, FORMS[study.form]),
    released: releasedResource(from, repository, join(root, 'data/published')),
  };
  return {
    ...commonParts(study, resources, {
      model: repository,
      model_revision: revision,
      provider: 'cpu',
    }),
    results: join(root, 'data/results', study.name),
    planning: null,
    plan: async ({ name }) => ({ plan: planWithoutGraphs(name), settings: {} }),
  };
}

/** The parts of a run that every kind of study has: settings, resources, stages and provenance. */
function commonParts(
  study: Study,
  modelResources: Resources<Needs>,
  ids: Pick<Provenance, 'model' | 'model_revision' | 'provider'>,
): Pick<Run, 'name' | 'settings' | 'resources' | 'stages' | 'provenance' | 'now'> {
  const stages = stagesOf(study, { ...modelResources, tables: tablesResource([]) });
  const resources = {
    ...modelResources,
    tables: tablesResource(stages.flatMap(({ writes }) => writes)),
  };
  return {
    name: study.name,
    settings: study,
    resources,
    stages,
    provenance: {
      study: study.name,
      kind: study.kind,
      model_kind: (study.kind !== 'original' && study.modelKind) || 'instruct',
      form: formProvenance(study, FORMS[study.form], SUBJECTS[study.subject].chat),
      config_hash: sha256(JSON.stringify(study)),
      seed: study.seed,
      bootstrap: study.bootstrap,
      ...ids,
      sae_release: null,
      sae_revision: null,
      runtime: `onnxruntime-node ${pinnedVersion('onnxruntime-node')}`,
      machine: machineName(),
    },
    now: () => new Date().toISOString(),
  };
}

/** The form's events as the texts of their tokens. No tokenizer is needed: the form and the subject name them. */
function formProvenance(
  { form: name }: Study,
  { request, examples, events }: ListForm,
  { stopTokens: [stop] }: ChatFormat,
): Provenance['form'] {
  const { item, newline } = events;
  const { again } = newline;
  return {
    name,
    request,
    examples: examples.length,
    events: {
      item: { end: item.end ?? stop, again: item.again },
      newline: { end: newline.end ?? stop, again: typeof again === 'string' ? again : again.words },
    },
  };
}

const tablesResource = (tables: readonly Table[]): Resource<readonly Table[]> => ({
  content: JSON.stringify(tables),
  readers: [],
  open: () => tables,
});

const explanationsOf = ({ explanations, saes }: ModelStudy, root: string) =>
  explanationsResource(
    join(root, explanations ?? 'data/explanations'),
    explanations && saes ? saes.ids : [],
    saes && featuresOf(saes.width),
  );
