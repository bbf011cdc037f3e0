import { type ReadList, readList } from '../lists/read-list.ts';
import { promptFor, type TokenForm } from '../lists/token-form.ts';
import { generate } from '../runtime/generate.ts';
import { userMessage } from '../study/message.ts';
import { requestOf, TRIAL_TOPICS, type WordPair } from './requests.ts';
import type { TrialModel } from './trial-model.ts';

/** A list of a trial, read into items. */
export interface TrialList extends ReadList {
  readonly sampleId: string;
  readonly topic: string;
  readonly template: TrialTemplate;
  /** Prompt and answer. */
  readonly ids: readonly number[];
  readonly promptLength: number;
  readonly ended: boolean;
}

/** The templates that are tried: those with a word. */
export const TRIAL_TEMPLATES = ['short', 'long'] as const;
export type TrialTemplate = (typeof TRIAL_TEMPLATES)[number];

/** One of each topic and template. */
export const LISTS_OF_A_FORM = TRIAL_TOPICS.length * TRIAL_TEMPLATES.length;

/** As the proposed studies sample. */
const SAMPLING = { seed: 1, temperature: 0.8, topP: 0.9 } as const;
export const TRIAL_TOKENS = 200;

/** Write one list of each topic and template in a form. @param onProgress is told the lists that are written */
export async function writeTrialLists(
  { model, provider }: TrialModel,
  form: TokenForm,
  words: WordPair,
  onProgress: (done: number) => void,
): Promise<TrialList[]> {
  const asked = TRIAL_TEMPLATES.flatMap((template) =>
    TRIAL_TOPICS.map((topic) => {
      const prompt = requestOf(form.listForm, template, words);
      return { template, topic, prompt: promptFor(userMessage({ prompt }, topic), form) };
    }),
  );
  const answers = await generate(
    model,
    asked.map(({ template, topic, prompt }) => ({ key: `${topic} ${template}`, prompt })),
    {
      ...SAMPLING,
      provider,
      maxNewTokens: TRIAL_TOKENS,
      stopIds: form.stopIds,
      batchSize: asked.length,
      onProgress,
    },
  );
  return asked.map(({ template, topic, prompt }, i) => {
    const { ids: answer, ended } = answers[i]!;
    const written = { ids: [...prompt, ...answer], promptLength: prompt.length, ended };
    return {
      sampleId: `${topic} ${template}`,
      topic,
      template,
      ...written,
      ...readList(written, form),
    };
  });
}
