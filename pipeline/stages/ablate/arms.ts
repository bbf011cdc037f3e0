import type { FeatureRow } from '../../interp/active-features.ts';
import { zeroAblate } from '../../interp/zero-ablation.ts';
import type { Addition } from '../../runtime/intervention.ts';
import type { Sae } from '../../sae/sae.ts';
import { type Arm, PROTOCOLS } from '../../schema/ablation-columns.ts';
import type { Run } from './outcome.ts';
import type { Planned } from './prediction.ts';
import { promptOf, type Target } from './target.ts';
import type { Setting } from './write-lists.ts';

/** How many features are zeroed at once, and for the first list of each topic also. */
export interface Doses {
  readonly k: number;
  readonly doses: readonly number[];
}

/** Every k at which a list is ablated. */
export const dosesOf = ({ list }: Target, { k, doses }: Doses): number[] =>
  list.replicate === 0 ? [...new Set([k, ...doses])] : [k];

/** The arms of one list, SAE and protocol. */
export function armsOf(
  { reader, study: { ablation } }: Setting,
  sae: Sae,
  { target, protocol, edits: { ablated, random } }: Planned,
  { reconstruction }: FeatureRow,
): Run[] {
  const prompt = promptOf(target, protocol);
  const run = (arm: Arm, k: number | null, additions: readonly Addition[]): Run => ({
    target,
    sae_id: sae.id,
    protocol,
    arm,
    k,
    draw: null,
    prompt: { ...prompt, additions },
  });
  const kept = reconstruction.filter(({ pos }) => pos < target.kept[protocol]);
  return [
    run('no-edit', null, []),
    ...dosesOf(target, ablation).map((k) =>
      run('ablated', k, zeroAblate(reader, sae, ablated.slice(0, k))),
    ),
    run('random', ablation.k, zeroAblate(reader, sae, random)),
    run('reconstruction', null, kept),
  ];
}

/** The most arms of one list and protocol that are written together. */
export const armsTogether = ({ k, doses, draws }: Doses & { readonly draws: number }): number =>
  Math.max(draws, new Set([k, ...doses]).size + OTHERS.length);

/** Written once a list and protocol, beside what is ablated at each dose. */
const OTHERS = ['no-edit', 'random', 'reconstruction'] as const satisfies readonly Arm[];

/** Each list again, under each protocol, with noise of its own. */
export const resampledRuns = (targets: readonly Target[], draws: number): Run[] =>
  PROTOCOLS.flatMap((protocol) =>
    targets.flatMap((target) =>
      Array.from({ length: draws }, (_, draw) => {
        const { key, prompt } = promptOf(target, protocol);
        return {
          target,
          sae_id: null,
          protocol,
          arm: 'resampled',
          k: null,
          draw,
          prompt: { key: `${key} resampled ${draw}`, prompt },
        } as const;
      }),
    ),
  );
