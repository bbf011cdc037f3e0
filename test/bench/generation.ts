import { join } from 'node:path';
import { type GenerateOptions, generate, type Prompt } from '../../pipeline/runtime/generate.ts';
import { loadTokenizer } from '../../pipeline/sources/formats/tokenizer.ts';
import { loadModelStudy } from '../../pipeline/study/load-study.ts';
import { userMessage } from '../../pipeline/study/message.ts';
import { gemma2 } from '../../pipeline/subjects/gemma2.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { interleaved, type Log, type Measurement, median, medianRatio } from './measure.ts';

const BATCH = 115;
/** Enough for a steady rate of one list after another. */
const ALONE = 3;
const ROUNDS = 3;

/** Tokens a second of the miniature's long lists, in one batch, by either driver, and one list at a time. */
export async function measureGeneration(data: string, log: Log): Promise<Measurement[]> {
  const dir = join(data, 'models/miniature');
  const model = loadModel(dir);
  const tokenizer = loadTokenizer(dir);
  const { topics, templates, seed, sampling } = loadModelStudy(join(data, 'studies'), 'miniature');
  const prompts = Array.from({ length: BATCH }, (_, i): Prompt => {
    const message = userMessage(templates.long, topics[i % topics.length]!);
    return { key: `bench ${i}`, prompt: tokenizer.encode(`${tokenizer.chatPrompt(message)}-`) };
  });
  const count = { batch: 0, loop: 0, alone: 0 };
  const run =
    (
      name: keyof typeof count,
      prompts: readonly Prompt[],
      options: Pick<GenerateOptions, 'batchSize' | 'driver'>,
    ) =>
    async () => {
      const completions = await generate(model, prompts, {
        provider: 'cpu',
        seed,
        temperature: sampling.temperature,
        topP: sampling.topP,
        maxNewTokens: templates.long.maxNewTokens,
        stopIds: gemma2.chat.stopTokens.map(tokenizer.id),
        ...options,
      });
      count[name] = completions.reduce((sum, { ids }) => sum + ids.length, 0);
    };
  const seconds = await interleaved(
    {
      batch: run('batch', prompts, { batchSize: BATCH, driver: 'host' }),
      loop: run('loop', prompts, { batchSize: BATCH, driver: 'loop' }),
      alone: run('alone', prompts.slice(0, ALONE), { batchSize: 1, driver: 'host' }),
    },
    { rounds: ROUNDS, log },
  );
  const rates = (name: keyof typeof count) => seconds[name].map((s) => count[name] / s);
  return [
    {
      name: 'generation, batch 1',
      value: `${median(rates('alone')).toFixed(0)} tokens/s`,
    },
    {
      name: `generation, batch ${BATCH} / batch 1`,
      value: `${median(rates('batch')).toFixed(0)} tokens/s`,
      ratio: medianRatio(rates('batch'), rates('alone')),
      note: 'the miniature’s long lists',
    },
    {
      name: `generation, batch ${BATCH}, Loop driver / host driver`,
      value: `${median(rates('loop')).toFixed(0)} tokens/s`,
      ratio: medianRatio(rates('loop'), rates('batch')),
      note: 'on the CPU, where the host drives; the Loop is for CUDA',
    },
  ];
}
