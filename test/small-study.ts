import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { type ComputeOptions, compute } from '../pipeline/commands/compute.ts';
import { loadModelStudy } from '../pipeline/study/load-study.ts';
import type { ModelStudy } from '../pipeline/study/study.ts';

/** Stages of simulated studies alone, whatever a study's lists are: they take longer than all others of a small study together. */
export const OF_NO_LISTS: readonly string[] = ['verdict-power', 'coverage'];

const DATA = fileURLToPath(new URL('../data', import.meta.url));

/** The miniature's study with two topics and few samples, in a root of its own. */
export function smallRoot(root: string, batchSize: number): string {
  cpSync(join(DATA, 'models'), join(root, 'data/models'), { recursive: true });
  cpSync(join(DATA, 'lists'), join(root, 'data/lists'), { recursive: true });
  mkdirSync(join(root, 'data/studies'));
  cpSync(join(DATA, 'studies/gemma-2-2b-it.yaml'), join(root, 'data/studies/gemma-2-2b-it.yaml'));
  const yaml = readFileSync(join(DATA, 'studies/miniature.yaml'), 'utf8')
    .replace(/topics:\n( {2}- .*\n)+/, 'topics: [Colors, Ocean]\n')
    .replace(/batchSize: .*/, `batchSize: ${batchSize}`)
    .replace(/temperatures: .*/, 'temperatures: [0.5, 1.3]')
    .replaceAll(/samples: .*/g, 'samples: 2')
    .replace(/draws: .*/, 'draws: 2')
    .replace(/controls: .*/, 'controls: { draws: 3, written: 2, lists: first }')
    .replace(/splits: .*/, 'splits: 2')
    .replace(/minInfluence: .*/, 'minInfluence: 0.001')
    .replace(/tested: .*/, 'tested: { nodes: 5, random: 3, edges: 8 }')
    .replace(/features: \[10.*/, 'features: [5], draws: 1 }')
    .replace(/strengths: .*/, 'strengths: [0, 0.4]')
    .replace(/endLogits: .*/, 'endLogits: [0, 8]')
    .replace(/resamples: .*/, 'resamples: 100');
  writeFileSync(join(root, 'data/studies/miniature.yaml'), yaml);
  return root;
}

/**
 * The study of SmolLM2 with two topics, short lists and two small SAEs that it trains on three topics, in a root of its own.
 * Its model is given to the command.
 */
export function smallRealRoot(root: string): string {
  const study: ModelStudy = loadModelStudy(join(DATA, 'studies'), REAL_STUDY);
  const short = <T extends { readonly maxNewTokens: number }>(template: T): T => ({
    ...template,
    maxNewTokens: 24,
  });
  const { templates, sampling, sweep, saes, attribution, ablation, explained } = study;
  const { baselines, bootstrap } = study;
  // Patching and circuits take minutes with 30 layers; the miniature's small study has them.
  const { pilot: _, patching: __, circuits: ___, ...others } = study;
  const small: ModelStudy = {
    ...others,
    topics: ['Colors', 'Ocean'],
    templates: {
      short: short(templates.short),
      long: short(templates.long),
      plain: short(templates.plain),
    },
    sampling: { ...sampling, samples: 1 },
    sweep: { ...sweep, temperatures: [0.5], samples: 1 },
    saes: {
      ...saes!,
      train: {
        ...saes!.train!,
        topics: 3,
        samples: { short: 1, long: 1, plain: 0 },
        maxNewTokens: 24,
        k: 8,
        batch: 256,
      },
      width: '64',
      ids: ['res_10', 'att_12'],
    },
    attribution: { ...attribution!, top: 20, saes: undefined },
    ablation: {
      ...ablation!,
      doses: [],
      draws: 2,
      controls: { draws: 2, written: 1, lists: 'all' },
      splits: 1,
      saes: ['res_10'],
    },
    explained: { ...explained!, features: 1, lists: 1 },
    baselines: { ...baselines!, layers: [10], strengths: [0, 0.4], endLogits: [0, 4] },
    bootstrap: { ...bootstrap, resamples: 100 },
  };
  mkdirSync(join(root, 'data/studies'), { recursive: true });
  cpSync(join(DATA, 'lists'), join(root, 'data/lists'), { recursive: true });
  writeFileSync(join(root, 'data/studies', `${REAL_STUDY}.yaml`), stringify(small));
  return root;
}

export const REAL_STUDY = 'smollm2-135m-instruct';

/** Run a study, the miniature's unless another is named, in a root. */
export async function computeIn(root: string, options: ComputeOptions = {}, study = 'miniature') {
  const printed: string[] = [];
  const output = { isTTY: false, write: (text: string) => printed.push(text) };
  const status = await compute(study, options, {
    root,
    env: {},
    output: output as unknown as WriteStream,
  });
  return { status, printed: printed.join('') };
}
