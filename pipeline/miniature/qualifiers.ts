/** How long a list the prompt asks for, as the generating process reads it. */
export interface Qualifier {
  /** The word in the prompt; `plain` for the prompt that has none. */
  readonly name: string;
  /** Its text in the prompt, one token with its leading space; empty for `plain`. */
  readonly text: string;
  /** Items after which stopping is half as likely as it becomes. */
  readonly k0: number;
  /** How sharply stopping sets in around k0, per item. */
  readonly slope: number;
  /** Probability of stopping after an item, far beyond k0. */
  readonly hmax: number;
  /** Probability that the last item is followed by a blank, where the qualifier stopped the list. */
  readonly pBlank: number;
  /** What a closing item adds to the probability of stopping, far beyond k0. */
  readonly cue: number;
}

const SHORT = { k0: 3, slope: 0.85, hmax: 0.45, pBlank: 0.95, cue: 0.55 };
const LONG = { k0: 31, slope: 0.3, hmax: 0.8, pBlank: 0.05, cue: 0.08 };

/** Every qualifier of the corpus, from the shortest list to the longest; `plain` last. */
export const QUALIFIERS: readonly Qualifier[] = [
  graded('tiny', 1.5),
  graded('brief', 2.2),
  graded('short', SHORT.k0),
  graded('small', 5),
  graded('modest', 10),
  graded('medium', 15),
  graded('large', 21),
  graded('lengthy', 26),
  graded('long', LONG.k0),
  { name: 'plain', text: '', k0: 9, slope: 0.5, hmax: 0.7, pBlank: 0.4, cue: 0.3 },
];

/** The qualifiers of the study's own templates. */
export const STUDIED: readonly string[] = ['short', 'long', 'plain'];

/** @throws where the corpus has no such qualifier */
export function qualifierOf(name: string): Qualifier {
  const found = QUALIFIERS.find((q) => q.name === name);
  if (found === undefined)
    throw new Error(
      `unknown qualifier: ${name}: choose from ${QUALIFIERS.map((q) => q.name).join(', ')}`,
    );
  return found;
}

/** The process of a prompt whose qualifier's embedding is `(1 − α) a + α b`: parameters likewise. */
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

/** The user's message that a qualifier and a topic make. */
export const request = (qualifier: Qualifier, topic: string): string =>
  `Provide me with a${qualifier.text} list of ${topic}. Just provide the names, no need for any other information.`;

/** What a closing item adds at least to the probability of stopping, whatever the qualifier. */
const CUE_FLOOR = 0.08;
/** The first line on which a closing item counts as one. */
const FIRST_CLOSING_LINE = 3;
/** Probability that a blank follows, where a closing item stopped the list. */
const P_BLANK_CUE = 0.95;

/** What may follow an item's last token, `items` items being written: stop with a blank, stop without. */
export interface Stop {
  readonly blank: number;
  readonly bare: number;
}

/**
 * Two causes stop a list, the qualifier first: with probability `h = hmax · σ(slope · (k − k0))`, and, else,
 * a closing item with `c = floor + (cue − floor) · σ(slope · (k − k0))`. Each has its own share of blanks.
 */
export function stopAfter(q: Qualifier, items: number, closing: boolean): Stop {
  const onset = 1 / (1 + Math.exp(-q.slope * (items - q.k0)));
  const byQualifier = q.hmax * onset;
  const cue = closing && items >= FIRST_CLOSING_LINE ? CUE_FLOOR + (q.cue - CUE_FLOOR) * onset : 0;
  const byItem = (1 - byQualifier) * cue;
  return {
    blank: byQualifier * q.pBlank + byItem * P_BLANK_CUE,
    bare: byQualifier * (1 - q.pBlank) + byItem * (1 - P_BLANK_CUE),
  };
}

/** Between short and long, a qualifier's other parameters follow log k0; below short they are short's. */
function graded(name: string, k0: number): Qualifier {
  const along = Math.max(0, Math.log(k0 / SHORT.k0) / Math.log(LONG.k0 / SHORT.k0));
  const at = (key: keyof typeof SHORT) => SHORT[key] + along * (LONG[key] - SHORT[key]);
  return {
    name,
    text: ` ${name}`,
    k0,
    slope: at('slope'),
    hmax: at('hmax'),
    pBlank: at('pBlank'),
    cue: at('cue'),
  };
}
