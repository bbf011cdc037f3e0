import { limitBatch } from '../graph/graph-use.ts';
import { BATCH_FACTOR, generate } from '../runtime/generate.ts';
import { atGenerationBatch, generationUse } from '../runtime/generation-memory.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { tokens } from '../schema/tokens.ts';
import { type Context, defineStage } from './define.ts';
import { listCounts, longestList } from './extent.ts';
import { type List, listOf, rowsOf } from './generate/list-rows.ts';
import { checkQualifiers, type Sample, samplesByCell } from './generate/samples.ts';

const SETTINGS = ['seed', 'batchSize', 'topics', 'templates', 'sampling', 'sweep'] as const;

/** Sample lists: every topic and template at one temperature, then one template at several more. */
export const generateStage = defineStage({
  name: '1-generate',
  source: import.meta.url,
  settings: SETTINGS,
  needs: ['model', 'form'],
  reads: [],
  writes: [completions, items, tokens],

  graphs: ({ provider, model, longest, lists }) => {
    const length = { prompt: longest.prompt, list: longestList(longest) };
    return [
      atGenerationBatch(
        limitBatch(listCounts(TEMPLATES, lists).largest, generationUse(model, provider, length)),
      ),
    ];
  },

  async run(context) {
    const { study, form, write, progress } = context;
    const cells = samplesByCell(study, form);
    checkQualifiers(study, cells.flat(), form);
    const total = cells.flat().length;
    const written: List[] = [];
    for (const samples of cells) {
      const onProgress = (done: number) => progress(written.length + done, total, 'lists');
      written.push(...(await generateCell(context, samples, onProgress)));
      progress(written.length, total, 'lists');
    }
    const rows = rowsOf(written);
    write(completions, rows.completions);
    write(items, rows.items);
    write(tokens, rows.tokens);
  },
});

type GenerateContext = Context<(typeof SETTINGS)[number], 'model' | 'form'>;

/** Generate the samples of one template and temperature. */
async function generateCell(
  { study, model: { model, provider }, form }: GenerateContext,
  samples: readonly Sample[],
  onProgress: (done: number) => void,
): Promise<List[]> {
  const { template, temperature } = samples[0]!;
  const prompts = samples.map(({ id, prompt }) => ({ key: id, prompt }));
  const answers = await generate(model, prompts, {
    provider,
    seed: study.seed,
    temperature,
    topP: study.sampling.topP,
    maxNewTokens: study.templates[template].maxNewTokens,
    stopIds: form.stopIds,
    batchSize: study.batchSize * BATCH_FACTOR,
    onProgress,
  });
  return samples.map((sample, i) => listOf(sample, answers[i]!, form));
}
