import { limitBatch } from '../graph/graph-use.ts';
import { BATCH_FACTOR, type Completion, generate, generationBatches } from '../runtime/generate.ts';
import { atGenerationBatch, generationUse } from '../runtime/generation-memory.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { tokens } from '../schema/tokens.ts';
import type { Settings } from '../study/study.ts';
import { type Context, defineStage } from './define.ts';
import { listCounts, longestList } from './extent.ts';
import { listOf, rowsOf } from './generate/list-rows.ts';
import { checkQualifiers, type Sample, samplesByCell } from './generate/samples.ts';

const SETTINGS = ['seed', 'batchSize', 'topics', 'templates', 'sampling', 'sweep'] as const;

/**
 * Sample lists: every topic and template at one temperature, then one template at several more. The lists of a batch are kept
 * together; in the order of reading they are of topics that lie beside each other.
 */
export const generateStage = defineStage({
  name: '1-generate',
  source: import.meta.url,
  settings: SETTINGS,
  needs: ['model', 'form'],
  reads: [],
  writes: [completions, items, tokens],
  divided: 'batches of lists',

  graphs: ({ provider, model, longest, lists }) => {
    const length = { prompt: longest.prompt, list: longestList(longest) };
    return [
      atGenerationBatch(
        limitBatch(listCounts(TEMPLATES, lists).largest, generationUse(model, provider, length)),
      ),
    ];
  },

  async run(context) {
    const { study, form, write, divide, progress } = context;
    const cells = samplesByCell(study, form);
    checkQualifiers(study, cells.flat(), form);
    await divide(
      cells.flatMap((cell) => batchesOf(cell, study)),
      (own) => generateBatches(context, own),
    );
    const total = cells.flat().length;
    for (const table of [completions, items, tokens]) write(table, []);
    let written = 0;
    for (const samples of cells) {
      const onProgress = (done: number) => progress(written + done, total, 'lists');
      const batches = batchesOf(samples, study);
      const answers = await generateCell(context, { samples, batches, onProgress });
      // A list at a time: a list has a row for each of its tokens.
      samples.forEach((sample, i) => {
        const rows = rowsOf([listOf(sample, answers[i]!, form)]);
        write(completions, rows.completions);
        write(items, rows.items);
        write(tokens, rows.tokens);
      });
      written += samples.length;
      progress(written, total, 'lists');
    }
  },
});

type GenerateContext = Context<(typeof SETTINGS)[number], 'model' | 'form'>;

/** The samples of one template and temperature that are generated together. */
interface SampleBatch {
  /** In file names. */
  readonly name: string;
  readonly samples: readonly Sample[];
}

const promptsOf = (samples: readonly Sample[]) =>
  samples.map(({ id, prompt }) => ({ key: id, prompt }));

/** @param samples of one template and temperature */
function batchesOf(
  samples: readonly Sample[],
  { batchSize }: Pick<Settings, 'batchSize'>,
): SampleBatch[] {
  const { template, temperature } = samples[0]!;
  return generationBatches(promptsOf(samples), batchSize * BATCH_FACTOR).map((indices, b) => ({
    name: `${template}-t${temperature}-${b}`,
    samples: indices.map((i) => samples[i]!),
  }));
}

/** Generate some batches of any templates and temperatures. Those of one share a session. */
async function generateBatches(
  context: GenerateContext,
  batches: readonly SampleBatch[],
): Promise<void> {
  const cells = Map.groupBy(
    batches,
    ({ samples: [sample] }) => `${sample!.template} ${sample!.temperature}`,
  );
  let done = 0;
  for (const ofCell of cells.values()) {
    const samples = ofCell.flatMap((batch) => batch.samples);
    const before = done;
    const onProgress = (now: number) => {
      done = before + now;
      context.progress(
        done,
        batches.reduce((sum, batch) => sum + batch.samples.length, 0),
        'lists',
      );
    };
    await generateCell(context, { samples, batches: ofCell, onProgress });
  }
}

interface Cell {
  readonly samples: readonly Sample[];
  /** Of which the samples consist. */
  readonly batches: readonly SampleBatch[];
  readonly onProgress: (done: number) => void;
}

/** Generate samples of one template and temperature, and keep each batch. */
async function generateCell(
  { study, model: { model, provider }, form, keep }: GenerateContext,
  { samples, batches, onProgress }: Cell,
): Promise<Completion[]> {
  const { template, temperature } = samples[0]!;
  return generate(model, promptsOf(samples), {
    provider,
    seed: study.seed,
    temperature,
    topP: study.sampling.topP,
    maxNewTokens: study.templates[template].maxNewTokens,
    stopIds: form.stopIds,
    batchSize: study.batchSize * BATCH_FACTOR,
    eachBatch: (b, complete) => keep(batches[b]!.name, complete),
    onProgress,
  });
}
