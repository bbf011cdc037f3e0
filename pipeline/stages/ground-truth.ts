import { SHARES } from '../miniature/row-plan.ts';
import { completions } from '../schema/completions.ts';
import { entropy } from '../schema/entropy.ts';
import { items } from '../schema/items.ts';
import { planted } from '../schema/planted.ts';
import { processCheck } from '../schema/process-check.ts';
import { tokenEntropy } from '../schema/token-entropy.ts';
import { defineStage } from './define.ts';
import { compareWithProcess } from './ground-truth/compare.ts';
import { modelLists, sampleProcess } from './ground-truth/lists.ts';
import {
  type Observation,
  observeEntropy,
  observeKl,
  observeLists,
} from './ground-truth/observations.ts';
import { listsAtTemperature, listsById } from './lists-by-id.ts';

/** Compare the miniature with the process that generated its training corpus, quantity by quantity, and say what else was planted. */
export const groundTruthStage = defineStage({
  name: 'ground-truth',
  source: import.meta.url,
  settings: ['seed', 'topics', 'sampling', 'bootstrap'],
  needs: ['form', 'process'],
  reads: [completions, items, entropy, tokenEntropy],
  writes: [processCheck, planted],

  async run({ study, form, process, read, readParts, write, progress }) {
    const rows = listsAtTemperature(await read(completions), study.sampling.temperature);
    const byId = listsById(rows);
    const entropies = await read(entropy);
    const kl: Observation[] = [];
    await readParts(tokenEntropy, (part) => kl.push(...observeKl(part, byId)), 'kl IS NOT NULL');
    const sampled = sampleProcess(study, { process, form }, progress);
    const measured = [
      ...observeLists(modelLists(rows, await read(items)), process.topics),
      ...observeEntropy(entropies, byId, 'entropy'),
      ...kl,
    ];
    const expected = [
      ...observeLists(sampled, process.topics),
      ...observeEntropy(entropies, byId, 'true_entropy'),
      ...kl.map((observation) => ({ ...observation, value: 0 })),
    ];
    write(processCheck, compareWithProcess(measured, expected, study));
    write(planted, [
      { plant: 'masked', share: SHARES.masked, of: 'training prompts with a word' },
      { plant: 'other_qualifier', share: SHARES.otherQualifier, of: 'training answers' },
      { plant: 'mixed', share: SHARES.mixed, of: 'training prompts with a word' },
    ]);
  },
});
