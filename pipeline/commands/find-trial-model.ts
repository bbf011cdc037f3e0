import { existsSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { gigabytes } from '../engine/memory-plan.ts';
import { withProgressSync } from '../engine/progress.ts';
import { outlineModel } from '../models/model.ts';
import { modelResource } from '../resources/model.ts';
import { deviceMemory } from '../runtime/device-memory.ts';
import { numericsOf } from '../runtime/numerics.ts';
import { sha256OfFile } from '../sources/formats/hash-file.ts';
import { hasTemplate, loadTokenizer } from '../sources/formats/tokenizer.ts';
import { commitOf } from '../sources/hub/fetch-files.ts';
import { type Hub, openHub } from '../sources/hub/hub.ts';
import { type ModelChoice, modelFolder } from '../sources/model-folder.ts';
import { SUBJECTS, type SubjectName } from '../subjects/all.ts';
import { findSubject } from '../subjects/find-subject.ts';
import { modelTypeIn } from '../subjects/load-model.ts';
import { licenceOf, sizeOfModel } from '../trial/model-facts.ts';
import type { TrialModel } from '../trial/trial-model.ts';
import type { CommandContext } from './prepare.ts';

/** A model that was named, found and fits this machine. */
export interface FoundModel {
  readonly choice: ModelChoice;
  readonly trial: TrialModel;
  readonly subject: SubjectName;
  readonly parameters: number;
}

/**
 * Find a model, say what it is, and open it.
 * @throws one line: it is not there, is not supported, or its weights do not fit into this machine's memory
 */
export async function findTrialModel(
  named: string,
  { root, env, output }: CommandContext,
): Promise<FoundModel> {
  const hub = openHub(env);
  const choice = await choiceOf(named, root, hub);
  const folder = await modelFolder(choice, { root, hub, output });
  const tokenizer = loadTokenizer(folder.dir);
  const modelType = modelTypeIn(folder.dir);
  const subjectName = findSubject(modelType, tokenizer);
  const subject = SUBJECTS[subjectName];
  const outline = outlineModel(folder.dir, subject.architecture, numericsOf('cpu'));
  const { parameters, bytes } = sizeOfModel(outline);
  const { nLayers, dModel, dVocab } = outline.dims;
  const chats = hasTemplate(folder.dir);
  const licence = licenceOf(choice.gguf ? resolve(root, named) : folder.dir);
  output.write(
    `model: ${modelType} (subject ${subjectName}), ${Math.round(parameters / 1e6)} million parameters, ${nLayers} layers of ${dModel}, ${dVocab} tokens, context ${outline.maxPositions}\n` +
      `chat template: ${chats ? 'yes' : 'none: texts are continued'}; licence: ${licence ?? 'its files name none'}\n`,
  );
  requireMemory(bytes);
  const { open } = modelResource({
    folder,
    subject,
    provider: 'cpu',
    cache: join(root, 'data/cache'),
    withProgress: (work) => withProgressSync('float32 weights', output, work),
  });
  const { model } = await open();
  const trial = { model, provider: 'cpu', tokenizer, subject, chats } as const;
  return { choice, trial, subject: subjectName, parameters };
}

/** @throws where the weights alone, in float32, do not fit */
function requireMemory(bytes: number): void {
  const memory = deviceMemory('cpu');
  if (bytes > memory)
    throw new Error(
      `the model needs ${gigabytes(bytes)} GB for its weights in float32, and graphs may use ${gigabytes(memory)} GB here: take a smaller model, or a larger machine`,
    );
}

/** A GGUF file, a folder, or a repository of the hub at a commit, as a study's file names it. */
async function choiceOf(named: string, root: string, hub: Hub): Promise<ModelChoice> {
  const path = resolve(root, named);
  const inRoot = relative(root, path);
  const shown = inRoot.startsWith('..') ? path : inRoot;
  if (existsSync(path))
    return statSync(path).isDirectory()
      ? { dir: shown }
      : { gguf: { sha256: sha256OfFile(path), places: [{ path: shown }] } };
  const [, repo, revision = 'main'] = /^([\w.-]+\/[\w.-]+?)(?:@([\w.-]+))?$/.exec(named) ?? [];
  if (repo === undefined || named.endsWith('.gguf'))
    throw new Error(
      `--model ${named}: no such file or folder: name a GGUF file, a folder, or a repository of the hub as ORG/REPO[@REVISION]`,
    );
  return { hub: repo, revision: await commitOf(hub, { repo, revision }) };
}
