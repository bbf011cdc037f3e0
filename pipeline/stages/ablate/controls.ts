import type { FeatureEdit } from '../../interp/set-features.ts';
import type { Sae } from '../../sae/sae.ts';
import { cellOf, type Edit, type Editable } from './edits.ts';

/** What a control is drawn from. */
export interface Draw {
  /** The chosen features. */
  readonly edits: readonly Edit[];
  /** Every feature that the intervention can change at their positions, the chosen ones included. */
  readonly pool: readonly Editable[];
  /** Uniform draws on [0, 1). */
  readonly random: () => number;
}

/**
 * As many features at each position as were chosen there, drawn from all that the intervention can change. Where there
 * are no more than were chosen, all are taken: the control is then the choice itself.
 */
export const drawRandom = ({ edits, pool, random }: Draw): Edit[] =>
  byPosition(edits, pool).flatMap(({ chosen, candidates }) =>
    shuffled(candidates, random).slice(0, chosen.length).map(asControl),
  );

/**
 * `drawRandom`, with the change at each position scaled to the norm of the chosen features' change: what is left is the
 * direction. A feature may be set beyond zero, or beyond its swapped value.
 */
export function matchNorm(draw: Draw, sae: Pick<Sae, 'params'>): Edit[] {
  const drawn = Map.groupBy(drawRandom(draw), ({ pos }) => pos);
  return [...Map.groupBy(draw.edits, ({ pos }) => pos)].flatMap(([pos, chosen]) => {
    const edits = drawn.get(pos) ?? [];
    const scale = changeNorm(chosen, sae) / changeNorm(edits, sae);
    return Number.isFinite(scale) ? edits.map((edit) => scaled(edit, scale)) : edits;
  });
}

/**
 * Features at each position, drawn from all that the intervention can change, until their |attribution| adds up to that of
 * the chosen ones there, as nearly as one feature more or less allows; at least one.
 */
export const matchMass = ({ edits, pool, random }: Draw): Edit[] =>
  byPosition(edits, pool).flatMap(({ chosen, candidates }) =>
    upToMass(shuffled(candidates, random), massOf(chosen)).map(asControl),
  );

/** The chosen features of one position, and all that can be changed there. */
interface AtPosition {
  readonly chosen: readonly Edit[];
  readonly candidates: readonly Editable[];
}

function byPosition(edits: readonly Edit[], pool: readonly Editable[]): AtPosition[] {
  const candidates = Map.groupBy(pool, ({ pos }) => pos);
  return [...Map.groupBy(edits, ({ pos }) => pos)].map(([pos, chosen]) => ({
    chosen,
    candidates: candidates.get(pos) ?? [],
  }));
}

function upToMass(candidates: readonly Editable[], mass: number): Editable[] {
  const taken: Editable[] = [];
  let sum = 0;
  for (const candidate of candidates) {
    const next = sum + massOf([candidate]);
    if (taken.length > 0 && next - mass > mass - sum) break;
    taken.push(candidate);
    sum = next;
    if (sum >= mass) break;
  }
  return taken;
}

const massOf = (features: readonly Editable[]): number =>
  features.reduce((sum, { attribution }) => sum + Math.abs(attribution!), 0);

/** A uniform permutation. Source: Fisher & Yates, as given by Durstenfeld (1964). */
export function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const out = [...values];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** ‖Σ (value − featureActs[f]) · W_dec[f]‖ of features at one position. */
function changeNorm(edits: readonly FeatureEdit[], { params: { W_dec } }: Pick<Sae, 'params'>) {
  const width = W_dec.dims[1]!;
  const sum = new Float64Array(width);
  for (const { feature, featureAct, value } of edits)
    for (let i = 0; i < width; i++)
      sum[i]! += (value - featureAct) * W_dec.data[feature * width + i]!;
  return Math.hypot(...sum);
}

const scaled = (edit: Edit, scale: number): Edit => ({
  ...edit,
  value: edit.featureAct + scale * (edit.value - edit.featureAct),
});

const asControl = (editable: Editable): Edit => ({ ...editable, rank: null });

/** How many of a control's features are among the chosen ones. */
export const sharedWith = (control: readonly Edit[], chosen: readonly Edit[]): number => {
  const cells = new Set(chosen.map(cellOf));
  return control.filter((edit) => cells.has(cellOf(edit))).length;
};
