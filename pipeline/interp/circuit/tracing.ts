import type { ActiveLayer } from './active-layer.ts';
import { Sources, type TermsRow } from './sources.ts';

/** A feature or target whose terms are computed. */
export interface Explored {
  /** Index among the sources; −1 − i for target i. */
  readonly source: number;
  readonly influence: number;
  readonly effect: number;
}

/** By how much a source adds to the reading of an explored node. */
export interface TracedEdge {
  readonly source: number;
  /** Index among the sources; −1 − i for target i. */
  readonly target: number;
  readonly weight: number;
  /** Its magnitude, as a share of the sum over all sources of the reading. */
  readonly share: number;
}

/** Which nodes and edges a tracing keeps. */
export interface TracingLimits {
  /** Features with less influence are not explored. */
  readonly minInfluence: number;
  /** Largest number of features that are explored in a layer. */
  readonly mostInLayer: number;
}

/** An edge is kept where at least this share of `minInfluence` flows through it, */
const LEAST_OF_EDGE = 0.1;
/** or where it is among so many of its target's strongest: the inputs of a feature may be many, and each of them weak. */
const STRONGEST = 10;

/**
 * The nodes and edges that lead to the targets of one sequence, traced from the targets down. As the terms of a reading come
 * from lower layers alone, a layer's features have all of their influence and effect when the terms of the explored nodes
 * above are recorded.
 *
 * A node's influence is the sum over explored nodes of their influence times the share of its term in theirs, by magnitude.
 * Its effect is the same with signs: what the targets fall by where the node is taken away and all else is held.
 */
export class Tracing {
  readonly sources: Sources;
  readonly influence: Float64Array;
  readonly effect: Float64Array;
  readonly explored: Explored[] = [];
  readonly edges: TracedEdge[] = [];
  readonly #layers: readonly ActiveLayer[];
  readonly #limits: TracingLimits;

  constructor(T: number, layers: readonly ActiveLayer[], limits: TracingLimits) {
    this.sources = new Sources(T, layers);
    this.influence = new Float64Array(this.sources.length);
    this.effect = new Float64Array(this.sources.length);
    this.#layers = layers;
    this.#limits = limits;
  }

  /** The sources that are features of a layer with enough influence, the most influential first. */
  choose(layer: number): number[] {
    const first = this.sources.starts[layer]!;
    const influence = this.influence.subarray(first, first + this.#layers[layer]!.acts.length);
    const { minInfluence, mostInLayer } = this.#limits;
    return [...influence.keys()]
      .filter((i) => influence[i]! >= minInfluence)
      .sort((a, b) => influence[b]! - influence[a]! || a - b)
      .slice(0, mostInLayer)
      .map((i) => first + i);
  }

  /** Record the terms of a target, and pass its weight on to their sources. */
  recordTarget(index: number, weight: number, row: TermsRow): void {
    const terms = this.sources.terms(this.#layers.length, row);
    this.#record({ source: -1 - index, influence: weight, effect: weight }, weight, terms);
  }

  /** Record the terms of a feature, and pass its influence and effect on to their sources. */
  recordFeature(source: number, row: TermsRow): void {
    const { layer, index } = this.sources.at(source);
    const node = { source, influence: this.influence[source]!, effect: this.effect[source]! };
    const perUnit = node.effect / this.#layers[layer]!.acts[index]!;
    this.#record(node, perUnit, this.sources.terms(layer, row));
  }

  /** @param perUnit effect of a unit of the node's reading */
  #record(node: Explored, perUnit: number, terms: Float32Array): void {
    this.explored.push(node);
    const sum = terms.reduce((total, term) => total + Math.abs(term), 0);
    if (sum === 0) return;
    const least = Math.min(
      (LEAST_OF_EDGE * this.#limits.minInfluence * sum) / node.influence,
      magnitudeOfRank(STRONGEST, terms),
    );
    terms.forEach((weight, source) => {
      const share = Math.abs(weight) / sum;
      this.influence[source]! += node.influence * share;
      this.effect[source]! += perUnit * weight;
      if (weight !== 0 && Math.abs(weight) >= least)
        this.edges.push({ source, target: node.source, weight, share });
    });
  }
}

/** The magnitude of the value of some rank by magnitude, from 1; that of the smallest value where there are fewer. */
function magnitudeOfRank(rank: number, values: Float32Array): number {
  const largest: number[] = []; // ascending
  for (const value of values) {
    const magnitude = Math.abs(value);
    if (largest.length === rank && magnitude <= largest[0]!) continue;
    if (largest.length === rank) largest.shift();
    const at = largest.findIndex((other) => other > magnitude);
    largest.splice(at < 0 ? largest.length : at, 0, magnitude);
  }
  return largest[0] ?? 0;
}
