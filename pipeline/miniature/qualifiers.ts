/** A qualifier of the prompt, with the parameters that it gives the generating process. */
export interface Qualifier {
  /** The word in the prompt; `plain` for the prompt without a qualifier. */
  readonly name: string;
  /** Its text in the prompt, one token with its leading space; empty for `plain`. */
  readonly text: string;
  /** Number of items at which the stopping probability is half its maximum. */
  readonly k0: number;
  /** Slope of the logistic rise around k0, per item. */
  readonly slope: number;
  /** Maximum stopping probability after an item, far beyond k0. */
  readonly hmax: number;
  /** Probability of a blank after the last item, if the qualifier stopped the list. */
  readonly pBlank: number;
  /** Maximum probability that a closing item stops the list, far beyond k0. */
  readonly cue: number;
}

const SHORT = { k0: 3, slope: 0.85, hmax: 0.45, pBlank: 0.95, cue: 0.55 };
const LONG = { k0: 31, slope: 0.3, hmax: 0.8, pBlank: 0.05, cue: 0.08 };

/** Every qualifier of the corpus, from the shortest list to the longest; `plain` last. */
export const QUALIFIERS: readonly Qualifier[] = [
  gradedQualifier('tiny', 1.5),
  gradedQualifier('brief', 2.2),
  gradedQualifier('short', SHORT.k0),
  gradedQualifier('small', 5),
  gradedQualifier('modest', 10),
  gradedQualifier('medium', 15),
  gradedQualifier('large', 21),
  gradedQualifier('lengthy', 26),
  gradedQualifier('long', LONG.k0),
  { name: 'plain', text: '', k0: 9, slope: 0.5, hmax: 0.7, pBlank: 0.4, cue: 0.3 },
];

/** Names of the qualifiers of the study's templates. */
export const STUDY_QUALIFIERS: readonly string[] = ['short', 'long', 'plain'];

/** The qualifier of a name. @throws if there is none */
export function qualifierOf(name: string): Qualifier {
  const qualifier = QUALIFIERS.find((q) => q.name === name);
  if (qualifier === undefined)
    throw new Error(
      `unknown qualifier: ${name}: choose from ${QUALIFIERS.map((q) => q.name).join(', ')}`,
    );
  return qualifier;
}

/** The qualifier of a prompt with the mixed embedding `(1 − α) a + α b`; its parameters are mixed in the same way. */
export function mixQualifiers(a: Qualifier, b: Qualifier, alpha: number): Qualifier {
  const mix = (x: number, y: number) => (1 - alpha) * x + alpha * y;
  return {
    name: `${a.name}/${b.name}`,
    text: a.text,
    k0: mix(a.k0, b.k0),
    slope: mix(a.slope, b.slope),
    hmax: mix(a.hmax, b.hmax),
    pBlank: mix(a.pBlank, b.pBlank),
    cue: mix(a.cue, b.cue),
  };
}

/** The user's message for a qualifier and a topic. */
export const userRequest = (qualifier: Qualifier, topic: string): string =>
  `Provide me with a${qualifier.text} list of ${topic}. Just provide the names, no need for any other information.`;

/** Minimum probability that a closing item stops the list, whatever the qualifier. */
const CUE_FLOOR = 0.08;
/** The first line on which a closing item can stop the list. */
const FIRST_CLOSING_LINE = 3;
/** Probability of a blank after the last item, if a closing item stopped the list. */
const P_BLANK_CUE = 0.95;

/** Probabilities that the list stops after an item, with a blank and without one. */
export interface StopProbabilities {
  readonly blank: number;
  readonly bare: number;
}

/**
 * The probabilities that the list stops after its k-th item. The qualifier stops it with probability
 * `h = hmax · σ(slope · (k − k0))`; else a closing item stops it with `c = floor + (cue − floor) · σ(slope · (k − k0))`.
 * Each cause has its own probability of a blank.
 */
export function stopAfter(q: Qualifier, items: number, closing: boolean): StopProbabilities {
  const onset = 1 / (1 + Math.exp(-q.slope * (items - q.k0)));
  const byQualifier = q.hmax * onset;
  const cue = closing && items >= FIRST_CLOSING_LINE ? CUE_FLOOR + (q.cue - CUE_FLOOR) * onset : 0;
  const byItem = (1 - byQualifier) * cue;
  return {
    blank: byQualifier * q.pBlank + byItem * P_BLANK_CUE,
    bare: byQualifier * (1 - q.pBlank) + byItem * (1 - P_BLANK_CUE),
  };
}

/** A qualifier whose other parameters are interpolated between short's and long's by log k0; below short, they are short's. */
function gradedQualifier(name: string, k0: number): Qualifier {
  const fraction = Math.max(0, Math.log(k0 / SHORT.k0) / Math.log(LONG.k0 / SHORT.k0));
  const interpolate = (key: keyof typeof SHORT) => SHORT[key] + fraction * (LONG[key] - SHORT[key]);
  return {
    name,
    text: ` ${name}`,
    k0,
    slope: interpolate('slope'),
    hmax: interpolate('hmax'),
    pBlank: interpolate('pBlank'),
    cue: interpolate('cue'),
  };
}
