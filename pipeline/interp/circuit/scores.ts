import type { Tracing } from './tracing.ts';

/** How much of an attribution graph is explained by features, rather than hidden in errors. */
export interface CircuitScores {
  /** Influence of tokens, as a share of that of tokens and errors. */
  readonly replacement: number;
  /** Share of the explored nodes' inputs, weighed by their influence, that is not errors. */
  readonly completeness: number;
  /** Influence of the features that were not explored, which counts as error. */
  readonly unexplored: number;
}

/**
 * The scores of a traced circuit. Where influence ends, at tokens, at errors or at unexplored features, it adds up to the
 * targets' weights.
 * Source: Ameisen et al. (2025), Circuit Tracing, "Evaluating attribution graphs".
 */
export function scoresOf({ sources, influence, explored }: Tracing): CircuitScores {
  const wasExplored = new Set(explored.map(({ source }) => source));
  const sums = { embedding: 0, error: 0, feature: 0 };
  influence.forEach((value, source) => {
    const { kind } = sources.at(source);
    if (!wasExplored.has(source)) sums[kind] += value;
  });
  const errors = sums.error + sums.feature;
  const inputs = explored.reduce((sum, node) => sum + node.influence, 0);
  return {
    replacement: sums.embedding / (sums.embedding + errors),
    completeness: 1 - errors / inputs,
    unexplored: sums.feature,
  };
}
