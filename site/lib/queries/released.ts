/** The repository of the released data, the commit that was read, and what its aggregates in data/published hold. */
export const RELEASED = {
  name: 'gboxo/GemmaExploration',
  url: 'https://github.com/gboxo/GemmaExploration',
  revision: '220e860',
  /** Of the aggregates' intervals: `bootstrap.confidence` of data/studies/original.yaml when they were published. */
  confidence: 0.95,
} as const;
