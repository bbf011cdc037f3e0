import { FORMS } from '../../pipeline/lists/forms.ts';
import { promptFor, tokenForm } from '../../pipeline/lists/token-form.ts';
import { generate, type Prompt } from '../../pipeline/runtime/generate.ts';
import { loadTokenizer } from '../../pipeline/sources/formats/tokenizer.ts';
import { loadModelStudy } from '../../pipeline/study/load-study.ts';
import { userMessage } from '../../pipeline/study/message.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { smollm2 } from '../../pipeline/subjects/smollm2.ts';
import { unpack } from '../sources/unpack.ts';
import { SMOLLM2 } from '../weights.ts';
import { interleaved, type Log, type Measurement, median, medianRatio } from './measure.ts';

const ROUNDS = 3;
const SAMPLES = 46;
const HOOK = 'blocks.12.hook_resid_post';

/** What reading a prompt once saves: until the first token of SmolLM2's lists, nothing else is done. */
export async function measurePrefix(
  studies: string,
  temp: string,
  log: Log,
): Promise<Measurement[]> {
  if (SMOLLM2.skip)
    return [{ name: 'shared prompts', value: '–', note: `skipped: ${SMOLLM2.skip}` }];
  log('reading prompts that samples and edits share');
  const { dir } = unpack(SMOLLM2.path, temp);
  const model = loadModel(dir);
  const study = loadModelStudy(studies, 'smollm2-135m-instruct');
  const form = tokenForm(loadTokenizer(dir), smollm2.chat, FORMS[study.form]);
  const prompt = promptFor(userMessage(study.templates.short, 'Rivers'), form);
  const first = (edited: (sample: number) => Partial<Prompt>) => () => {
    const prompts = Array.from(
      { length: SAMPLES },
      (_, sample): Prompt => ({
        key: `bench ${sample}`,
        prompt,
        ...edited(sample),
      }),
    );
    return generate(model, prompts, {
      provider: 'cpu',
      seed: study.seed,
      temperature: study.sampling.temperature,
      topP: study.sampling.topP,
      intervention: { hook: HOOK },
      batchSize: SAMPLES,
      maxNewTokens: 1,
      stopIds: [],
    });
  };
  /** An edit of each sample's own at one position. */
  const editAt = (pos: number) => (sample: number) => ({
    additions: [{ pos, delta: new Float32Array(model.dims.dModel).fill(sample / 1000) }],
  });
  const last = prompt.length - 1;
  const seconds = await interleaved(
    {
      'one prompt': first(() => ({})),
      'edits at the end': first(editAt(last)),
      'edits at the start': first(editAt(1)),
    },
    { rounds: ROUNDS, log },
  );
  const apart = seconds['edits at the start'];
  return (['one prompt', 'edits at the end'] as const).map((name) => ({
    name: `first tokens of ${SAMPLES} lists, ${name}`,
    value: `${median(seconds[name]).toFixed(2)} s`,
    ratio: medianRatio(apart, seconds[name]),
    note: `over an edit of each at the second of ${prompt.length} tokens, which leaves nothing to share: ${median(apart).toFixed(2)} s`,
  }));
}
