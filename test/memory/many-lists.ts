import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';

const DATA = fileURLToPath(new URL('../../data', import.meta.url));

/** Lists of each topic and template at scale 1. */
const SAMPLES = 2;

/** Limit on the tokens of an answer, which some lists reach at scale 1, too: memory also depends on the longest list. */
const MOST_TOKENS = 60;

/** Topics of the study: 8 lists of each template at scale 1, which fill the batches. */
const TOPICS = ['Colors', 'Ocean', 'Fruits', 'Rivers'];

/**
 * The miniature's study with few topics and SAEs and `scale` times as many lists, in a root of its own. Batches are small, so that they are
 * full at scale 1: what grows from there on is what a stage keeps of the lists that it has read.
 */
export function rootOfManyLists(root: string, scale: number): string {
  for (const part of ['models', 'lists'])
    cpSync(join(DATA, part), join(root, 'data', part), { recursive: true });
  mkdirSync(join(root, 'data/studies'), { recursive: true });
  const study = parse(readFileSync(join(DATA, 'studies/miniature.yaml'), 'utf8'));
  const samples = SAMPLES * scale;
  const changed = {
    ...study,
    topics: TOPICS,
    batchSize: 2,
    templates: Object.fromEntries(
      Object.entries(study.templates).map(([name, template]) => [
        name,
        { ...(template as object), maxNewTokens: MOST_TOKENS },
      ]),
    ),
    sampling: { ...study.sampling, samples },
    sweep: { ...study.sweep, temperatures: [0.5, 1.3], samples },
    patching: { ...study.patching, lists: 'all' },
    robustness: { form: 'hyphens-turn', samples },
    circuits: {
      ...study.circuits,
      lists: 'all',
      tested: { nodes: 2, random: 1, edges: 2 },
      written: { features: [5], draws: 1 },
      steps: 3,
    },
    explained: { features: 1, lists: 2 },
    saes: { ...study.saes, ids: ['res_2', 'att_3'] },
    attribution: { ...study.attribution, steps: 9, exact: { cells: 2, lists: 'all' } },
    ablation: {
      ...study.ablation,
      doses: [],
      draws: 2,
      controls: { draws: 2, written: 1, lists: 'all' },
      splits: 1,
    },
    baselines: { ...study.baselines, strengths: [0, 0.4], endLogits: [0, 8] },
    bootstrap: { ...study.bootstrap, resamples: 100 },
  };
  writeFileSync(join(root, 'data/studies/miniature.yaml'), stringify(changed));
  return root;
}
