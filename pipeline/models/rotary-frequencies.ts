import type { Llama3Scaling, RotarySpec, YarnScaling } from './decoder-spec.ts';

/** [d_head / 2]: the rotation of each pair (k, k + d_head/2), in radians per position. */
export function frequencies({ base, scaling }: RotarySpec, dHead: number): number[] {
  const unscaled = Array.from({ length: dHead / 2 }, (_, k) => base ** ((-2 * k) / dHead));
  if (scaling === null) return unscaled;
  if (scaling.type === 'linear') return unscaled.map((frequency) => frequency / scaling.factor);
  const kept =
    scaling.type === 'llama3' ? llama3Kept(unscaled, scaling) : yarnKept(base, dHead, scaling);
  return unscaled.map(
    (frequency, k) => (1 - kept(k)) * (frequency / scaling.factor) + kept(k) * frequency,
  );
}

/** What rotated queries and keys are multiplied by: yarn keeps attention as sharp over longer contexts. */
export const amplitude = ({ scaling }: RotarySpec): number =>
  scaling?.type === 'yarn' ? 0.1 * Math.log(scaling.factor) + 1 : 1;

/** The share of the frequency of pair k that is not divided by the factor. */
type Kept = (k: number) => number;

function llama3Kept(unscaled: readonly number[], scaling: Llama3Scaling): Kept {
  const { lowFrequencyFactor: low, highFrequencyFactor: high, originalContext } = scaling;
  const turns = (k: number) => (originalContext * unscaled[k]!) / (2 * Math.PI);
  return (k) => between0And1((turns(k) - low) / (high - low));
}

/** All of it up to the pair that makes 32 turns in the original context, nothing from that on that makes one. */
function yarnKept(base: number, dHead: number, { originalContext }: YarnScaling): Kept {
  const pairOf = (turns: number) =>
    (dHead * Math.log(originalContext / (2 * Math.PI * turns))) / (2 * Math.log(base));
  const first = Math.max(Math.floor(pairOf(32)), 0);
  const last = Math.min(Math.ceil(pairOf(1)), dHead - 1);
  const width = last === first ? 0.001 : last - first; // as transformers has it
  return (k) => 1 - between0And1((k - first) / width);
}

const between0And1 = (x: number): number => Math.min(1, Math.max(0, x));
