import { qualifierPosition } from '../../lists/qualifier.ts';
import { promptFor, type TokenForm } from '../../lists/token-form.ts';
import { TEMPLATES, type TemplateName } from '../../schema/templates.ts';
import { topicId } from '../../schema/topic-id.ts';
import { userMessage } from '../../study/message.ts';
import type { Settings } from '../../study/study.ts';

/** A list to be sampled. */
export interface Sample {
  readonly id: string;
  readonly topic: string;
  readonly template: TemplateName;
  readonly temperature: number;
  /** Index among the samples of the same prompt and temperature. */
  readonly replicate: number;
  /** Token ids. */
  readonly prompt: readonly number[];
}

/** What a sample's id is composed of. */
export type SampleKey = Omit<Sample, 'id' | 'prompt'>;

export const sampleIdOf = ({ topic, template, temperature, replicate }: SampleKey): string =>
  `${topicId(topic)}_${template}_t${temperature}_${replicate}`;

/** The settings that determine which lists are sampled. */
export type SampleSettings = Pick<Settings, 'topics' | 'templates' | 'sampling' | 'sweep'>;

/** The lists to sample, grouped by template and temperature: every template at the main temperature, then the sweep. */
export function samplesByCell(study: SampleSettings, form: TokenForm): Sample[][] {
  const { sampling, sweep } = study;
  const cellOf = (template: TemplateName, temperature: number, samples: number): Sample[] =>
    study.topics.flatMap((topic) => {
      const prompt = promptFor(userMessage(study.templates[template], topic), form);
      return Array.from({ length: samples }, (_, replicate) => {
        const key = { topic, template, temperature, replicate };
        return { id: sampleIdOf(key), ...key, prompt };
      });
    });
  return [
    ...TEMPLATES.map((template) => cellOf(template, sampling.temperature, sampling.samples)),
    ...sweep.temperatures.map((t) => cellOf(sweep.template, t, sweep.samples)),
  ];
}

/** Tokens of the longest prompt of a study. */
export const longestPrompt = (study: SampleSettings, form: TokenForm): number =>
  Math.max(
    ...samplesByCell(study, form).flatMap((cell) => cell.map(({ prompt }) => prompt.length)),
  );

/** @throws if a prompt does not contain its qualifier as one token */
export function checkQualifiers(
  { templates }: SampleSettings,
  samples: readonly Sample[],
  form: TokenForm,
): void {
  for (const { id, template, prompt } of samples) {
    const { qualifier } = templates[template];
    const prompted = { sampleId: id, ids: prompt, promptLength: prompt.length };
    if (qualifier !== undefined) qualifierPosition(prompted, qualifier, form);
  }
}
