import type { ModelStudy } from '../study/study.ts';

/** One SAE of each family in the study. */
const SAES = ['att_14', 'res_20'];

/**
 * A reduced study that still runs all code of every stage: two topics, one sample, two SAEs, short answers. The model's
 * sizes are unchanged.
 */
export const rehearsalOf = (study: ModelStudy): ModelStudy => ({
  ...study,
  name: 'rehearsal',
  topics: study.topics.slice(0, 2),
  templates: {
    short: { ...study.templates.short, maxNewTokens: MAX_NEW_TOKENS },
    long: { ...study.templates.long, maxNewTokens: MAX_NEW_TOKENS },
    plain: { ...study.templates.plain, maxNewTokens: MAX_NEW_TOKENS },
  },
  sampling: { ...study.sampling, samples: 1 },
  sweep: { ...study.sweep, samples: 1 },
  ...(study.saes && { saes: { ...study.saes, ids: SAES } }),
  // Every graph runs, at the fewest points of a path.
  ...(study.attribution?.steps && {
    attribution: {
      ...study.attribution,
      steps: 3,
      ...(study.attribution.exact && { exact: { ...study.attribution.exact, cells: 1 } }),
    },
  }),
  ...(study.ablation && {
    ablation: {
      ...study.ablation,
      doses: [],
      capFactor: 1,
      draws: 2,
      controls: CONTROLS,
      splits: 2,
    },
  }),
  ...(study.baselines && { baselines: { strengths: [0, 0.2], endLogits: [0, 4] } }),
});

/** Few draws of each control. */
const CONTROLS = { draws: 2, written: 1, lists: 'first' } as const;

/** Limit on the tokens of an answer. */
const MAX_NEW_TOKENS = 24;
