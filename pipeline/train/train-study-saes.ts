import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { WriteStream } from 'node:tty';
import { takeWriteLock } from '../engine/lock.ts';
import { withProgress } from '../engine/progress.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Reader } from '../interp/reader.ts';
import type { TokenForm } from '../lists/token-form.ts';
import { familyLayout, hooksOf, l0Folder, saeFile } from '../sae/release.ts';
import { GEMMA_SCOPE } from '../sae/releases/gemma-scope.ts';
import { parseSaeId } from '../sae/sae.ts';
import { writeText } from '../schema/write-text.ts';
import { writeNpz } from '../sources/formats/write-npz.ts';
import { type ActivationStore, storeActivations } from './activation-store.ts';
import { stepsOf } from './coder-batches.ts';
import { type CoderData, coderData } from './coder-data.ts';
import { type CorpusStudy, type Written, writeCorpus } from './corpus.ts';
import { type CoderReport, trainCoder } from './train-coder.ts';

export interface StudySaes {
  /** Where the SAEs are kept, in the layout of Gemma Scope. */
  readonly dir: string;
  readonly study: CorpusStudy;
  /** Number of features. */
  readonly width: number;
  readonly ids: readonly string[];
}

/** A trained SAE, with what its training data hold. */
export interface TrainingReport extends CoderReport {
  /** Activations, and how many of them follow different texts. */
  readonly activations: number;
  readonly distinct: number;
  /** Share of the activations that are outliers by their norm, their tokens' texts, and their share of the squares. */
  readonly outliers: {
    readonly share: number;
    readonly ofSquares: number;
    readonly tokens: readonly string[];
  };
}

/**
 * Train what is missing of a study's SAEs on the model's own answers.
 *
 * 1. The model writes the corpus: lists about other topics, in the study's form and templates, and some other answers.
 * 2. One pass over the corpus stores the activations of every hook that an SAE reads or rebuilds.
 * 3. One SAE after the other is trained and written.
 *
 * An interrupted training goes on after the last of these, and within an SAE after its last checkpoint.
 */
export async function trainStudySaes(
  reader: Reader,
  form: TokenForm,
  { dir, study, width, ids }: StudySaes,
  output: WriteStream,
): Promise<void> {
  if (ids.every((id) => isTrained(dir, id, width))) return;
  using _ = takeWriteLock(dir, { command: 'training of SAEs' });
  const missing = ids.filter((id) => !isTrained(dir, id, width));
  mkdirSync(dir, { recursive: true });
  const corpus = await keptCorpus(reader, form, { dir, study }, output);
  const store = await withProgress('activations', output, (progress) =>
    storeActivations(reader, corpus, {
      hooks: [...new Set(missing.flatMap((id) => hooksOfId(id)))],
      dir: join(dir, ACTIVATIONS),
      onProgress: (done) => progress(done, corpus.length, 'texts'),
    }),
  );
  const steps = stepsOf(study.train, store.tokens.length);
  await withProgress('SAEs', output, async (progress) => {
    for (const [i, id] of missing.entries()) {
      const onStep = (step: number) =>
        progress(i * steps + step, missing.length * steps, `steps, ${id}`);
      await trainOne(id, { dir, study, width }, { store, form, onStep });
    }
  });
  rmSync(join(dir, ACTIVATIONS), { recursive: true });
}

const ACTIVATIONS = 'activations';
const CORPUS_FILE = 'corpus.json';
const REPORTS = 'training';

const hooksOfId = (id: string): readonly [input: string, output: string] => {
  const { family, layer } = parseSaeId(id);
  return hooksOf(GEMMA_SCOPE, family, layer);
};

const folderOf = (dir: string, id: string, width: number): string =>
  join(
    dir,
    familyLayout(GEMMA_SCOPE, parseSaeId(id).family).folder,
    l0Folder(GEMMA_SCOPE, { id, width: String(width) }),
  );

/** Whether an SAE is there. Its folder appears when its file is whole. */
export function isTrained(dir: string, id: string, width: number): boolean {
  const folder = folderOf(dir, id, width);
  return existsSync(folder) && readdirSync(folder).length > 0;
}

async function keptCorpus(
  reader: Reader,
  form: TokenForm,
  { dir, study }: Pick<StudySaes, 'dir' | 'study'>,
  output: WriteStream,
): Promise<Written[]> {
  const path = join(dir, CORPUS_FILE);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
  const corpus = await withProgress('corpus of the SAEs', output, (progress) =>
    writeCorpus(reader, form, study, (done, total) => progress(done, total, 'texts')),
  );
  writeText(path, JSON.stringify(corpus));
  return corpus;
}

interface TrainingInputs {
  readonly store: ActivationStore;
  readonly form: TokenForm;
  readonly onStep: (step: number) => void;
}

async function trainOne(
  id: string,
  { dir, study, width }: Pick<StudySaes, 'dir' | 'study' | 'width'>,
  { store, form, onStep }: TrainingInputs,
): Promise<void> {
  const [input, output] = hooksOfId(id);
  const x = store.read(input);
  const data = coderData(x, output === input ? x : store.read(output));
  const reports = join(dir, REPORTS);
  mkdirSync(reports, { recursive: true });
  const checkpoint = join(reports, `${id}.npz`);
  const options = { training: study.train, data, checkpoint, onStep };
  const { arrays, report } = await trainCoder(id, width, options);
  const { n, outliers } = { n: store.tokens.length, outliers: outliersOf(data, store, form) };
  const whole: TrainingReport = { ...report, activations: n, distinct: store.distinct, outliers };
  writeText(join(reports, `${id}.json`), `${JSON.stringify(whole, null, 2)}\n`);
  writeSae(dir, { id, width, l0: Math.max(1, Math.round(report.l0)) }, arrays);
  rmSync(checkpoint, { force: true });
}

/** Write an SAE's file, in a folder that gets its name when the file is whole. */
function writeSae(
  dir: string,
  { id, width, l0 }: { readonly id: string; readonly width: number; readonly l0: number },
  arrays: Record<string, Tensor>,
): void {
  const { folder } = familyLayout(GEMMA_SCOPE, parseSaeId(id).family);
  const path = join(dir, folder, saeFile(GEMMA_SCOPE, { id, width: String(width) }, String(l0)));
  const partial = join(dir, REPORTS, `${id}.partial`);
  mkdirSync(partial, { recursive: true });
  writeNpz(join(partial, basename(path)), arrays, { stored: true });
  mkdirSync(dirname(dirname(path)), { recursive: true });
  renameSync(partial, dirname(path));
}

/** Tokens that are listed among the outliers. */
const MOST_TOKENS = 20;

function outliersOf(
  { y, isOutlier }: CoderData,
  { tokens }: ActivationStore,
  form: TokenForm,
): TrainingReport['outliers'] {
  const counts = new Map<number, number>();
  let [ofOutliers, ofAll] = [0, 0];
  isOutlier.forEach((is, row) => {
    let squares = 0;
    for (let i = row * y.width; i < (row + 1) * y.width; i++) squares += y.data[i]! ** 2;
    ofAll += squares;
    if (!is) return;
    ofOutliers += squares;
    counts.set(tokens[row]!, (counts.get(tokens[row]!) ?? 0) + 1);
  });
  const common = [...counts].sort(([, a], [, b]) => b - a).slice(0, MOST_TOKENS);
  return {
    share: isOutlier.filter(Boolean).length / isOutlier.length,
    ofSquares: ofOutliers / ofAll,
    tokens: common.map(([token]) => form.tokenizer.token(token)),
  };
}
