import { upTo } from '../graph/graph-use.ts';
import { generate } from '../runtime/generate.ts';
import { generationUse } from '../runtime/generation-memory.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { tokens } from '../schema/tokens.ts';
import { defineStage } from './define.ts';
import { listCounts, longestList } from './extent.ts';
import { type List, listOf, rowsOf } from './generate/list-rows.ts';
import { checkQualifiers, samplesByCell } from './generate/samples.ts';

/** Sample lists: every topic and template at one temperature, then one template at several more. */
export const generateStage = defineStage({
  name: '1-generate',
  source: import.meta.url,
  settings: ['seed', 'batchSize', 'topics', 'templates', 'sampling', 'sweep'],
  needs: ['model', 'form'],
  reads: [],
  writes: [completions, items, tokens],

  graphs: ({ provider, model, longest, lists }) => {
    const length = { prompt: longest.prompt, list: longestList(longest) };
    return [upTo(listCounts(TEMPLATES, lists).ofOne, generationUse(model, provider, length))];
  },

  async run({ study, model: { model, provider }, form, write, progress }) {
    const cells = samplesByCell(study, form);
    checkQualifiers(study, cells.flat(), form);
    const total = cells.flat().length;
    const written: List[] = [];
    for (const samples of cells) {
      const { template, temperature } = samples[0]!;
      const answers = await generate(
        model,
        samples.map(({ id, prompt }) => ({ key: id, prompt })),
        {
          provider,
          seed: study.seed,
          temperature,
          topP: study.sampling.topP,
          maxNewTokens: study.templates[template].maxNewTokens,
          stopIds: form.stopIds,
          batchSize: study.batchSize,
          onProgress: (done) => progress(written.length + done, total, 'lists'),
        },
      );
      written.push(...samples.map((sample, i) => listOf(sample, answers[i]!, form)));
      progress(written.length, total, 'lists');
    }
    const rows = rowsOf(written);
    write(completions, rows.completions);
    write(items, rows.items);
    write(tokens, rows.tokens);
  },
});
