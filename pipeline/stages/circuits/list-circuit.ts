import { type PrunedCircuit, prune } from '../../interp/circuit/prune.ts';
import type { TracedCircuit, TracedCircuits } from '../../interp/circuit/trace-circuits.ts';
import { featureId } from '../../sae/sae.ts';
import type { ListDecision } from './decisions.ts';

/** The circuit of one list's last decision, and the run with the other word. */
export interface ListCircuit {
  readonly decision: ListDecision;
  readonly own: TracedCircuit;
  readonly other: TracedCircuit;
  /** The list's own run with the likeliest next tokens as targets. */
  readonly logits: TracedCircuit;
  readonly pruned: PrunedCircuit;
}

/** @param traced the sequences of `tracedSequences` of each list */
export const listCircuits = (
  decisions: readonly ListDecision[],
  { circuits }: TracedCircuits,
): ListCircuit[] =>
  decisions.map((decision, i) => {
    const [own, other, logits] = circuits.slice(3 * i, 3 * i + 3);
    return { decision, own: own!, other: other!, logits: logits!, pruned: prune(own!.tracing) };
  });

/** Names of a circuit's nodes. */
export class NodeNames {
  readonly #circuit: TracedCircuit;
  readonly #traced: Pick<TracedCircuits, 'transcoders' | 'features'>;

  constructor(circuit: TracedCircuit, traced: Pick<TracedCircuits, 'transcoders' | 'features'>) {
    this.#circuit = circuit;
    this.#traced = traced;
  }

  /** @param node index among the sources; −1 − i for target i */
  id(node: number): string {
    if (node < 0) return this.#circuit.targets[-1 - node]!.name;
    const { kind, layer, pos } = this.#circuit.tracing.sources.at(node);
    if (kind === 'feature') return `${this.featureId(node)}@${pos}`;
    return kind === 'error' ? `error_${layer}@${pos}` : `token@${pos}`;
  }

  /** @throws where the node is no feature */
  featureId(node: number): string {
    const { layer, index } = this.#circuit.tracing.sources.at(node);
    const feature = this.#circuit.layers[layer]!.features[index]!;
    return featureId(this.#traced.transcoders[layer]!.id, this.#traced.features[layer]![feature]!);
  }
}
