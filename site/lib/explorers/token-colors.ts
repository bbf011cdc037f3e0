import { formatNumber } from '../number-format.ts';
import { SIDES, signedStep } from './attribution-view.ts';
import type { Token } from './tokens.ts';

/** Steps of a scale of one sign. */
export const STEPS = 7;

interface Coloring {
  readonly label: string;
  readonly unit: string;
  readonly format: string;
  /** Whether values lie on both sides of 0. */
  readonly signed: boolean;
  /** A token's value; null where it has none. */
  readonly of: (token: Token) => number | null;
  /** Where the scale ends; where nothing is given, at the list's largest. */
  readonly highest?: number;
}

/** What tokens may be coloured by. */
export const COLORS = {
  entropy: {
    label: 'entropy after it',
    unit: 'nats and more',
    format: '0.0',
    signed: false,
    of: ({ entropy }) => entropy,
  },
  end: {
    label: 'probability of the end',
    unit: 'and more',
    format: '0.00',
    signed: false,
    of: ({ end }) => end,
    highest: 1,
  },
  attribution: {
    label: 'what of the end is attributed to it',
    unit: 'logits',
    format: '0.000',
    signed: true,
    of: ({ attribution }) => attribution ?? null,
  },
} as const satisfies Readonly<Record<string, Coloring>>;
export type Color = keyof typeof COLORS;

/** Where a list's scale ends. @param entropy where that of entropies does, in every list */
export function highestOf(color: Color, tokens: readonly Token[], entropy: number): number {
  if (color === 'entropy') return entropy;
  const coloring: Coloring = COLORS[color];
  if (coloring.highest !== undefined) return coloring.highest;
  return tokens.reduce((most, token) => Math.max(most, Math.abs(coloring.of(token) ?? 0)), 0);
}

/**
 * A token's colour: steps of equal root, because what ends an item lies below one nat and what begins one
 * far above.
 */
export const colorStep = (value: number, highest: number): number =>
  Math.min(STEPS - 1, Math.floor(STEPS * Math.sqrt(value / highest)));

/** The class that colours a token. @param highest where the scale ends */
export function colorClass(token: Token, color: Color, highest: number): string {
  const { of, signed }: Coloring = COLORS[color];
  const value = of(token);
  if (value === null) return 'token end';
  return `token ${signed ? `side${signedStep(value, highest)}` : `step-${colorStep(value, highest)}`}`;
}

/** The value at which a step begins. */
export const stepStart = (step: number, highest: number): number => highest * (step / STEPS) ** 2;

/** The steps of a scale, each as a token of its colour would look; none where a list has no value. */
export function scaleOf(color: Color, highest: number): { className: string; words: string }[] {
  const { format, signed }: Coloring = COLORS[color];
  if (highest === 0) return [];
  if (!signed)
    return Array.from({ length: STEPS }, (_, step) => ({
      className: `token step-${step}`,
      words: formatNumber(stepStart(step, highest), format),
    }));
  return Array.from({ length: 2 * SIDES + 1 }, (_, i) => i - SIDES).map((side) => ({
    className: `token side${side}`,
    words: formatNumber(Math.sign(side) * highest * (side / SIDES) ** 2, format),
  }));
}
