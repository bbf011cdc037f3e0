import type { ModelStudy } from './study.ts';

/**
 * A study's pilot: the same model, SAEs and methods on other topics, from which predictions are derived. Only what these
 * need is sampled: one list of each topic and template, edited from the prompt, with one dose.
 * @param corpus topics that the SAEs were trained on
 * @throws where the study has no pilot, or one with more topics than the corpus
 */
export function pilotOf(study: ModelStudy, corpus: readonly string[]): ModelStudy {
  const { pilot, ablation, attribution, sampling, sweep } = study;
  if (pilot === undefined || ablation === undefined)
    throw new Error(`study ${study.name} has no pilot: give its file one, with topics`);
  if (pilot.topics > corpus.length)
    throw new Error(
      `pilot of ${study.name}: ${pilot.topics} topics, the corpus has ${corpus.length}: ask for fewer`,
    );
  const step = corpus.length / pilot.topics;
  return {
    ...study,
    circuits: undefined,
    explained: undefined,
    topics: Array.from({ length: pilot.topics }, (_, i) => corpus[Math.floor(i * step)]!),
    sampling: { ...sampling, samples: 1 },
    sweep: { ...sweep, temperatures: sweep.temperatures.slice(0, 1), samples: 1 },
    // Predictions are of edits; how well attribution predicts single features is not among them.
    ...(attribution && { attribution: { ...attribution, exact: undefined } }),
    ablation: {
      ...ablation,
      doses: [],
      protocols: ['from-prompt'],
      // A prediction says whether an effect goes beyond random features, for which few draws in every list are enough.
      controls: { draws: 2, written: 1, lists: 'all' },
      splits: 1,
    },
  };
}
