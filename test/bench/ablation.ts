import { join } from 'node:path';
import { generate, type Prompt } from '../../pipeline/runtime/generate.ts';
import { TEMPLATES } from '../../pipeline/schema/templates.ts';
import { loadTokenizer } from '../../pipeline/sources/formats/tokenizer.ts';
import { loadModelStudy } from '../../pipeline/study/load-study.ts';
import { userMessage } from '../../pipeline/study/message.ts';
import { gemma2 } from '../../pipeline/subjects/gemma2.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { interleaved, type Log, type Measurement, median, medianRatio } from './measure.ts';

const ROUNDS = 5;
const EDITS = 5;
const HOOK = 'blocks.3.hook_resid_post';

/**
 * What edits cost, and nothing else: prompts are all different, as equal ones would be read once without edits, and
 * the vectors added are zero, so that both write the same tokens.
 */
export async function measureAblation(data: string, log: Log): Promise<Measurement[]> {
  const dir = join(data, 'models/miniature');
  const model = loadModel(dir);
  const tokenizer = loadTokenizer(dir);
  const { topics, templates, seed, sampling } = loadModelStudy(join(data, 'studies'), 'miniature');
  const delta = new Float32Array(model.dims.dModel);
  const plain = TEMPLATES.flatMap((name) =>
    topics.map((topic): Prompt => {
      const message = userMessage(templates[name], topic);
      const prompt = tokenizer.encode(`${tokenizer.chatPrompt(message)}-`);
      return { key: `bench ${name} ${topic}`, prompt };
    }),
  );
  const edited = plain.map((prompt) => ({
    ...prompt,
    additions: Array.from({ length: EDITS }, (_, i) => ({ pos: 1 + 3 * i, delta })),
  }));
  const run = (prompts: readonly Prompt[], hook?: string) => () =>
    generate(model, prompts, {
      provider: 'cpu',
      seed,
      temperature: sampling.temperature,
      topP: sampling.topP,
      maxNewTokens: templates.long.maxNewTokens,
      stopIds: gemma2.chat.stopTokens.map(tokenizer.id),
      batchSize: prompts.length,
      ...(hook !== undefined && { intervention: { hook } }),
    });
  const seconds = await interleaved(
    { plain: run(plain), ablated: run(edited, HOOK) },
    { rounds: ROUNDS, log },
  );
  return [
    {
      name: 'ablated generation / plain generation',
      value: `${median(seconds.ablated).toFixed(2)} s`,
      ratio: medianRatio(seconds.ablated, seconds.plain),
      target: '≤ 1.05',
      note: `${EDITS} edits in each of ${plain.length} prompts of the miniature`,
    },
  ];
}
