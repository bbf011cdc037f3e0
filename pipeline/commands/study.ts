import { existsSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { takeWriteLock } from '../engine/lock.ts';
import { gigabytes } from '../engine/memory-plan.ts';
import { duration, withProgress, withProgressSync } from '../engine/progress.ts';
import { outlineModel } from '../models/model.ts';
import { modelResource } from '../resources/model.ts';
import { deviceMemory } from '../runtime/device-memory.ts';
import { numericsOf } from '../runtime/numerics.ts';
import { readManifest } from '../schema/manifest.ts';
import { sha256OfFile } from '../sources/formats/hash-file.ts';
import { hasTemplate, loadTokenizer } from '../sources/formats/tokenizer.ts';
import { commitOf } from '../sources/hub/fetch-files.ts';
import { openHub } from '../sources/hub/hub.ts';
import { type ModelChoice, type ModelFolder, modelFolder } from '../sources/model-folder.ts';
import { parseStudy } from '../study/load-study.ts';
import { SUBJECTS } from '../subjects/all.ts';
import { findSubject } from '../subjects/find-subject.ts';
import { modelTypeIn } from '../subjects/load-model.ts';
import { licenceOf, sizeOfModel } from '../trial/model-facts.ts';
import { formReason, formsText, wordText } from '../trial/report.ts';
import { WORD_PAIRS } from '../trial/requests.ts';
import { stageMinutes } from '../trial/stage-minutes.ts';
import { type StudyFacts, studyText, UNKNOWN } from '../trial/study-text.ts';
import type { TrialModel } from '../trial/trial-model.ts';
import { bestForm, tryForms } from '../trial/try-forms.ts';
import { wordEffect, wordsOf } from '../trial/word-effect.ts';
import { align } from './align.ts';
import { compute } from './compute.ts';
import type { CommandContext } from './prepare.ts';
import { runProgram } from './run-program.ts';

/** The study whose published run says what stages take. */
const MEASURED = 'smollm2-135m-instruct';
/** Limit on an answer's tokens, where the model's context has room for it. */
const LONGEST_ANSWER = 200;

/** A model that was named, found and fits this machine. */
interface FoundModel {
  readonly choice: ModelChoice;
  readonly folder: ModelFolder;
  readonly trial: TrialModel;
  readonly subject: StudyFacts['subject'];
  readonly parameters: number;
}

/**
 * Try a model, and write the file of a study of it.
 * @throws one line: the study is there, the name cannot be one, the model is not supported or does not fit this machine
 */
export async function newStudy(
  name: string,
  { model: named }: { readonly model: string },
  context: CommandContext,
): Promise<void> {
  const { root, output } = context;
  const path = join(root, 'data/studies', `${name}.yaml`);
  const shown = relative(root, path);
  checkName(name, path, shown);
  using _ = takeWriteLock(path, { command: 'study new', shown });
  const found = await findModel(named, context);
  const facts = await tryModel(name, found, context);
  const text = studyText(facts);
  const isWhole = facts.form !== null && facts.words !== null;
  if (isWhole) parseStudy(text, shown);
  writeFileSync(`${path}.partial`, text);
  renameSync(`${path}.partial`, path);
  if (!isWhole) {
    output.write(
      `\n${shown} has "${UNKNOWN}" where the trial could not tell: fill it in, then\n${nextCommands(name)}`,
    );
    return;
  }
  output.write('\nWhat it needs here:\n');
  await compute(name, { dryRun: true, provider: 'cpu' }, context);
  output.write(minutesText(found.parameters, root));
  output.write(`\n${shown} is written; read it, then\n${nextCommands(name)}`);
}

const nextCommands = (name: string): string => `  npm run compute -- ${name}\n  npm run build\n`;

/** @throws where a study of that name is there, or the name cannot be one */
function checkName(name: string, path: string, shown: string): void {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || name.length > LONGEST_NAME)
    throw new Error(
      `study name ${JSON.stringify(name)}: expected lower-case words joined by hyphens, at most ${LONGEST_NAME} letters`,
    );
  if (existsSync(path)) throw new Error(`${shown} is there: choose another name, or delete it`);
}
const LONGEST_NAME = 60;

/** Find a model, say what it is, and open it. */
async function findModel(
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
  return { choice, folder, trial, subject: subjectName, parameters };
}

/** Write lists in every form, measure what the word does, and say both. */
async function tryModel(
  name: string,
  { choice, trial, subject }: FoundModel,
  { output }: CommandContext,
): Promise<StudyFacts> {
  const { model, tokenizer, chats } = trial;
  const words = wordsOf(tokenizer);
  if (words === null)
    output.write(
      `no pair of words is a token each: ${WORD_PAIRS.map(({ short, long }) => `"${short}" and "${long}"`).join(', ')}\n`,
    );
  const trials = await withProgress('trial', output, (progress) =>
    tryForms(trial, words ?? WORD_PAIRS[0]!, (done, total) => progress(done, total, 'lists')),
  );
  for (const line of formsText(trials)) output.write(`${line}\n`);
  const best = bestForm(trials.tried);
  const effect = best && words ? await wordEffect(trial, best, words) : null;
  const reasons = {
    form: formReason(best),
    words: words ? wordText(effect) : 'No pair of words that were tried is one token each.',
  };
  output.write(`\n${best ? `form ${best.name}: ` : ''}${reasons.form}\n${reasons.words}\n`);
  const { nLayers, dModel } = model.dims;
  const form = best && { name: best.name, request: best.form.listForm.request };
  const maxNewTokens = Math.min(LONGEST_ANSWER, Math.floor(model.maxPositions / 2));
  return {
    name,
    model: choice,
    chats,
    subject,
    nLayers,
    dModel,
    maxNewTokens,
    form,
    words,
    reasons,
  };
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
async function choiceOf(
  named: string,
  root: string,
  hub: ReturnType<typeof openHub>,
): Promise<ModelChoice> {
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

/** Minutes by stage, from those of a published study, by the number of parameters. */
function minutesText(parameters: number, root: string): string {
  const published = join(root, 'data/published', MEASURED);
  const manifest = readManifest(published);
  if (manifest === null) return '';
  const ratio = parameters / PARAMETERS_MEASURED;
  const minutes = stageMinutes(manifest.stages, ratio);
  const total = minutes.reduce((sum, [, each]) => sum + each, 0);
  const rows = minutes
    .filter(([, each]) => each >= 0.1)
    .map(([stage, each]) => [stage, `${each.toFixed(1)} min`]);
  return `\ntime, as ${MEASURED} took on ${manifest.machine}, times ${ratio.toFixed(2)} for the parameters, without the training of SAEs:\n${align(rows)}\n${duration(60 * total)} in all\n`;
}
/** Of SmolLM2-135M. */
const PARAMETERS_MEASURED = 134_515_008;

const command = (surroundings: CommandContext): Command => {
  const program = new Command('npm run study --').description('Make studies.');
  program
    .command('new')
    .description('Try a model, and write the file of a study of it: data/studies/NAME.yaml.')
    .argument('<name>', 'what the study will be called')
    .requiredOption(
      '--model <model>',
      'a GGUF file, a folder in Hugging Face’s layout, or ORG/REPO[@REVISION] of the hub',
    )
    .action((name: string, options: { model: string }) => newStudy(name, options, surroundings));
  return program;
};

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  await runProgram(command({ root, env: process.env, output: process.stdout }));
}
