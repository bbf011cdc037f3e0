import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { float32 } from '../pipeline/graph/tensor.ts';
import { readNpz } from '../pipeline/sources/formats/npz.ts';
import { writeNpz } from '../pipeline/sources/formats/write-npz.ts';

const DATA = fileURLToPath(new URL('../data', import.meta.url));
const CASES = fileURLToPath(new URL('cases/studies', import.meta.url));

/** A part of a study that replaces the base's; what is null is left out. */
interface Change {
  readonly [key: string]: Change | readonly unknown[] | string | number | boolean | null;
}

const limits = (short: number, long: number, plain: number): Change => ({
  templates: {
    short: { maxNewTokens: short },
    long: { maxNewTokens: long },
    plain: { maxNewTokens: plain },
  },
});

/** The least that still runs the stages of SAEs: two topics, a list each, one SAE, one layer. */
const LEAST: readonly Change[] = [
  {
    batchSize: 64,
    topics: ['Animals', 'Fruits'],
    sampling: { temperature: 0.8, topP: 0.9, samples: 1 },
    sweep: { template: 'short', temperatures: [0.5], samples: 1 },
    patching: null,
    authorship: null,
    saes: { dir: 'data/models/miniature-saes', width: '384', ids: ['res_3'] },
    attribution: { top: 20, method: null, steps: null, tolerance: null, exact: null },
    ablation: {
      k: 5,
      doses: [],
      capFactor: 1,
      draws: 2,
      controls: { draws: 2, written: 1, lists: 'first' },
      splits: 1,
    },
    circuits: null,
    explained: null,
    baselines: { layers: [3], strengths: [0], endLogits: [0] },
    bootstrap: { resamples: 100, confidence: 0.95 },
  },
  limits(60, 30, 30),
];

const PATCHING = { patching: { template: 'short', lists: 'first', layers: [3] } };

/** What a study may have besides. */
const MORE: Change = {
  ...PATCHING,
  authorship: { studies: [] },
  robustness: { form: 'hyphens-turn', samples: 1 },
  attribution: {
    method: 'integrated',
    steps: 3,
    tolerance: 1,
    exact: { cells: 1, lists: 'first' },
  },
  ablation: { doses: [1] },
  circuits: {
    template: 'short',
    lists: 'first',
    transcoders: ['tc_0', 'tc_1', 'tc_2', 'tc_3', 'tc_4', 'tc_5'],
    minInfluence: 0.01,
    mostInLayer: 20,
    tested: { nodes: 2, random: 2, edges: 2 },
    written: { features: [2], draws: 1 },
    steps: 3,
  },
  explained: { features: 1, lists: 1 },
};

const NO_SAES: Change = { saes: null, attribution: null, ablation: null, baselines: null };

/** Some settings of a case that people brought. */
const ofCase = (name: string, ...settings: string[]): Change => {
  const found: Record<string, Change> = parse(readFileSync(join(CASES, `${name}.yaml`), 'utf8'));
  return Object.fromEntries(settings.map((setting) => [setting, found[setting]!]));
};

/** Topics of three cases, and some more: no words, alike but for signs, in other scripts, as long as they may be. */
export const ODD_TOPICS: readonly string[] = [
  ...new Set(['alike-by-slug', 'dollar', 'one-emoji'].flatMap(topicsOf)),
  '…/..',
  '日本の川',
  'x'.repeat(200),
];

function topicsOf(name: string): readonly string[] {
  return parse(readFileSync(join(CASES, `${name}.yaml`), 'utf8')).topics;
}

/** Studies in which there is next to nothing of something, by name: how each differs from the least. */
export const EXTREMES: Readonly<Record<string, readonly Change[]>> = {
  'all-capped': [ofCase('all-capped', 'templates'), MORE],
  'brief-lists': [ofCase('brief-lists', 'seed')],
  'nearly-greedy': [NO_SAES, ofCase('nearly-greedy', 'sampling')],
  'odd-topics': [NO_SAES, { kind: 'run', topics: ODD_TOPICS }],
  // No list has an item.
  'no-item': [limits(1, 1, 1), MORE],
  // Only lists that nothing is measured on end, or only those of one topic, or lists of one item.
  'only-plain-ends': [limits(5, 5, 60), MORE],
  'one-topic-ends': [limits(14, 5, 5)],
  'one-item': [
    { seed: 39, topics: ['Types of Flowers', 'Books'], sampling: { temperature: 1.5 } },
    limits(14, 14, 14),
    { ...MORE, patching: null },
  ],
  // Text that is no list: any token may follow any other.
  noise: [{ sampling: { temperature: 10, topP: 1 } }, limits(40, 40, 40)],
  // SAEs without an active feature: all of them, or one.
  'dead-sae': [{ saes: { dir: 'data/dead-saes' } }, limits(60, 5, 5)],
  'one-sae-dead': [{ saes: { dir: 'data/dead-saes', ids: ['res_3', 'att_2'] } }, limits(60, 5, 5)],
  // Parts that a study may be without.
  'no-saes': [NO_SAES, PATCHING, limits(60, 5, 5)],
  'least-of-all': [NO_SAES, limits(3, 3, 3)],
  // Only its first stages are run.
  unfinished: [limits(60, 5, 5)],
};

/** The stages to run of a study that is not computed whole. */
export const ONLY: Readonly<Record<string, readonly string[]>> = {
  unfinished: [
    'generate',
    'explore',
    'entropy',
    'logit-lens',
    'sae-quality',
    'ground-truth',
    'dictionary',
  ],
};

/** Write the study files, and what they are of, into a root of its own. */
export async function extremeRoot(root: string): Promise<string> {
  cpSync(join(DATA, 'models'), join(root, 'data/models'), { recursive: true });
  cpSync(join(DATA, 'lists'), join(root, 'data/lists'), { recursive: true });
  await killSae(join(root, 'data'));
  mkdirSync(join(root, 'data/studies'));
  const base = parse(readFileSync(join(DATA, 'studies/miniature.yaml'), 'utf8'));
  for (const [name, changes] of Object.entries(EXTREMES)) {
    const study = [...LEAST, ...changes, { name }].reduce(changed, base);
    writeFileSync(join(root, 'data/studies', `${name}.yaml`), stringify(study));
  }
  return root;
}

function changed(study: Change, change: Change): Change {
  const merged = Object.entries(change).map(([key, value]) => {
    const before = study[key];
    return [key, isChange(value) ? changed(isChange(before) ? before : {}, value) : value] as const;
  });
  return Object.fromEntries(
    Object.entries({ ...study, ...Object.fromEntries(merged) }).filter(
      ([, value]) => value !== null,
    ),
  );
}

const isChange = (value: Change[string] | undefined): value is Change =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The miniature's SAEs, that of the residual stream after layer 3 with a threshold that no activation reaches. */
async function killSae(data: string): Promise<void> {
  cpSync(join(data, 'models/miniature-saes'), join(data, 'dead-saes'), { recursive: true });
  const [path] = globSync(join(data, 'dead-saes/res/layer_3/**/params.npz'));
  const archive = await readNpz(path!);
  const arrays = Object.fromEntries(archive.names.map((name) => [name, archive.get(name)]));
  const { dims } = arrays.threshold!;
  writeNpz(path!, { ...arrays, threshold: float32(new Float32Array(dims[0]!).fill(1e9), dims) });
}
