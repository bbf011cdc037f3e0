import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { takeWriteLock } from '../engine/lock.ts';
import { duration, withProgress } from '../engine/progress.ts';
import { FORM_NAMES, type FormName } from '../lists/forms.ts';
import { readManifest } from '../schema/manifest.ts';
import { writeText } from '../schema/write-text.ts';
import { parseStudy } from '../study/load-study.ts';
import { formReason, formsText, wordText } from '../trial/report.ts';
import { WORD_PAIRS } from '../trial/requests.ts';
import { type StudyFacts, studyText, UNKNOWN } from '../trial/study-text.ts';
import { bestForm, tryForms } from '../trial/try-forms.ts';
import { wordEffect, wordsOf } from '../trial/word-effect.ts';
import { align } from './align.ts';
import { compute } from './compute.ts';
import { type FoundModel, findTrialModel } from './find-trial-model.ts';
import { type CommandContext, requireKnown } from './prepare.ts';
import { runProgram } from './run-program.ts';

/** The study whose published run says what stages take. */
const MEASURED = 'smollm2-135m-instruct';
/** Limit on an answer's tokens, where the model's context has room for it. */
const LONGEST_ANSWER = 200;

export interface NewStudyOptions {
  /** A GGUF file, a folder, or a repository of the hub. */
  readonly model: string;
  /** Names of the forms of list that are tried; all where left out. */
  readonly forms?: readonly string[];
}

/**
 * Try a model, and write the file of a study of it.
 * @throws one line: the study is there, the name cannot be one, there is no such form, the model is not supported or does not
 *   fit this machine
 */
export async function newStudy(
  name: string,
  { model: named, forms = FORM_NAMES }: NewStudyOptions,
  context: CommandContext,
): Promise<void> {
  const tried = forms.map((form) => requireKnown('form', form, FORM_NAMES));
  const { root, output } = context;
  const path = join(root, 'data/studies', `${name}.yaml`);
  const shown = relative(root, path);
  checkName(name, path, shown);
  using _ = takeWriteLock(path, { command: 'study new', shown });
  const found = await findTrialModel(named, context);
  const facts = await tryModel(name, found, { ...context, forms: tried });
  const text = studyText(facts);
  const isWhole = facts.form !== null && facts.words !== null;
  if (isWhole) parseStudy(text, shown);
  writeText(path, text);
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

/** Write lists in every form that is tried, measure what the word does, and say both. */
async function tryModel(
  name: string,
  { choice, trial, subject }: FoundModel,
  { output, forms }: CommandContext & { readonly forms: readonly FormName[] },
): Promise<StudyFacts> {
  const { model, tokenizer, chats } = trial;
  const words = wordsOf(tokenizer);
  if (words === null)
    output.write(
      `no pair of words is a token each: ${WORD_PAIRS.map(({ short, long }) => `"${short}" and "${long}"`).join(', ')}\n`,
    );
  const trials = await withProgress('trial', output, (progress) =>
    tryForms(trial, words ?? WORD_PAIRS[0]!, forms, (done, total) =>
      progress(done, total, 'lists'),
    ),
  );
  for (const line of formsText(trials)) output.write(`${line}\n`);
  const best = bestForm(trials.tried);
  const effect = best && words ? await wordEffect(trial, best, words) : null;
  const reasons = {
    form: formReason(best),
    words: words ? wordText(effect, words) : 'No pair of words that were tried is one token each.',
  };
  output.write(`\n${best ? `form ${best.name}: ` : ''}${reasons.form}\n${reasons.words}\n`);
  const { nLayers, dModel } = model.dims;
  const form = best && { ...best.form.listForm, name: best.name };
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

/** Minutes by stage, from those of a published study, by the number of parameters. */
function minutesText(parameters: number, root: string): string {
  const published = join(root, 'data/published', MEASURED);
  const manifest = readManifest(published);
  if (manifest === null) return '';
  const ratio = parameters / PARAMETERS_MEASURED;
  const minutes = Object.entries(manifest.stages).map(
    ([stage, { seconds }]) => [stage, (seconds * ratio) / 60] as const,
  );
  const total = minutes.reduce((sum, [, each]) => sum + each, 0);
  const rows = minutes
    .filter(([, each]) => each >= 0.1)
    .map(([stage, each]) => [stage, `${each.toFixed(1)} min`]);
  return `\ntime, as ${MEASURED} took on ${manifest.machine}, times ${ratio.toFixed(2)} for the parameters, without the training of SAEs:\n${align(rows)}\n${duration(60 * total)} in all\n`;
}
/** Of SmolLM2-135M; test/trial/real-trial.slow.test.ts counts them. */
export const PARAMETERS_MEASURED = 134_515_008;

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
    .option('--forms <names...>', `try these forms of list alone: ${FORM_NAMES.join(', ')}`)
    .action((name: string, options: NewStudyOptions) => newStudy(name, options, surroundings));
  return program;
};

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  await runProgram(command({ root, env: process.env, output: process.stdout }));
}
