import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Reader } from '../interp/reader.ts';
import { promptText } from '../lists/prompt-text.ts';
import { promptFor, type TokenForm } from '../lists/token-form.ts';
import { BATCH_FACTOR, generate, type Prompt } from '../runtime/generate.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { userMessage } from '../study/message.ts';
import type { Settings } from '../study/study.ts';
import type { SaeTraining } from './training-settings.ts';

/** What the model writes about: topics of lists, none of them a study's, and requests for something else. */
export const CORPUS: { readonly topics: readonly string[]; readonly others: readonly string[] } =
  parse(readFileSync(new URL('./corpus.yaml', import.meta.url), 'utf8'));

/** Answers to each request that is not for a list. */
const SAMPLES_OF_OTHERS = 4;

/** A prompt with the model's own answer. */
export interface Written {
  /** Token ids of prompt and answer. */
  readonly ids: readonly number[];
  readonly promptLength: number;
}

export interface CorpusStudy extends Pick<Settings, 'templates' | 'sampling'> {
  readonly train: SaeTraining;
}

/** The prompts of the corpus: its topics in the study's own templates and form, and the other requests. */
export function corpusPrompts({ templates, train }: CorpusStudy, form: TokenForm): Prompt[] {
  const several = (key: string, n: number, prompt: readonly number[]): Prompt[] =>
    Array.from({ length: n }, (_, i) => ({ key: `corpus ${key} ${i}`, prompt }));
  const lists = CORPUS.topics
    .slice(0, train.topics)
    .flatMap((topic) =>
      TEMPLATES.flatMap((name) =>
        several(
          `${topic} ${name}`,
          train.samples[name],
          promptFor(userMessage(templates[name], topic), form),
        ),
      ),
    );
  const unopened = { ...form, listForm: { ...form.listForm, opening: '' } };
  const others = CORPUS.others
    .slice(0, train.topics)
    .flatMap((request) =>
      several(request, SAMPLES_OF_OTHERS, form.tokenizer.encode(promptText(request, unopened))),
    );
  return [...lists, ...others];
}

/** Let the model answer every prompt of the corpus, as the study samples its lists. */
export async function writeCorpus(
  { model, provider, batchSize }: Reader,
  form: TokenForm,
  study: CorpusStudy,
  onProgress: (done: number, total: number) => void,
): Promise<Written[]> {
  const prompts = corpusPrompts(study, form);
  const answers = await generate(model, prompts, {
    provider,
    batchSize: batchSize * BATCH_FACTOR,
    seed: study.train.seed,
    temperature: study.sampling.temperature,
    topP: study.sampling.topP,
    maxNewTokens: study.train.maxNewTokens,
    stopIds: form.stopIds,
    onProgress: (done) => onProgress(done, prompts.length),
  });
  return prompts.map(({ prompt }, i) => ({
    ids: [...prompt, ...answers[i]!.ids],
    promptLength: prompt.length,
  }));
}
