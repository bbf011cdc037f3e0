import type { ModelStudy } from '../study/study.ts';

/** Two SAEs of the study's, one of each family that it has. */
const SAES = ['att_14', 'res_20'];

/**
 * The study in little: two topics, one sample, two SAEs, of every stage the least that still runs all of it. The
 * model's sizes stay as they are.
 */
export const rehearsalOf = (study: ModelStudy): ModelStudy => ({
  ...study,
  name: 'rehearsal',
  topics: study.topics.slice(0, 2),
  templates: {
    short: { ...study.templates.short, maxNewTokens: LONGEST },
    long: { ...study.templates.long, maxNewTokens: LONGEST },
    plain: { ...study.templates.plain, maxNewTokens: LONGEST },
  },
  sampling: { ...study.sampling, samples: 1 },
  sweep: { ...study.sweep, samples: 1 },
  ...(study.saes && { saes: { ...study.saes, ids: SAES } }),
  ...(study.ablation && {
    ablation: { ...study.ablation, doses: [], capFactor: 1, draws: 2 },
  }),
  ...(study.baselines && { baselines: { strengths: [0, 0.2], endLogits: [0, 4] } }),
});

/** Tokens of an answer. */
const LONGEST = 24;
