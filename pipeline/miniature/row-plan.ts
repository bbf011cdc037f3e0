import {
  mixQualifiers,
  QUALIFIERS,
  type Qualifier,
  qualifierOf,
  STUDY_QUALIFIERS,
} from './qualifiers.ts';
import { TOPICS } from './topics.ts';

/** The composition of training batches, as shares of rows or answers. */
export const SHARES = {
  /** Rows whose qualifier embedding is a mixture of two qualifiers. */
  mixed: 0.2,
  /** Rows whose answers cannot attend to the qualifier; their targets follow the plain process. */
  masked: 0.12,
  /** Answers written under another qualifier than the prompt's, as in the study's swapped prompts. */
  otherQualifier: 0.2,
  /** Answers sampled at the study's temperature and top-p; the rest are sampled from the process itself. */
  studySampling: 0.5,
  /** Rows whose qualifier is one of the study's three, in equal shares; the rest draw from all qualifiers. */
  studyQualifiers: 0.6,
} as const;

/** What a row is about, and the random numbers that its answers are drawn with. */
export interface RowPlan {
  readonly topic: string;
  readonly qualifier: Qualifier;
  readonly mix?: { readonly other: Qualifier; readonly alpha: number };
  readonly masked: boolean;
  /** Share of answers written under another qualifier. */
  readonly otherQualifier: number;
  readonly random: () => number;
}

/** A row of a training batch. */
export function planTrainingRow(random: () => number): RowPlan {
  const topic = pick(Object.keys(TOPICS), random);
  const qualifier =
    random() < SHARES.studyQualifiers
      ? qualifierOf(pick(STUDY_QUALIFIERS, random))
      : pick(QUALIFIERS, random);
  const { otherQualifier } = SHARES;
  const plan = { topic, qualifier, masked: false, otherQualifier, random };
  if (qualifier.text === '') return plan;
  const kind = random();
  if (kind < SHARES.masked) return { ...plan, masked: true };
  if (kind > SHARES.masked + SHARES.mixed) return plan;
  const other = pick(
    QUALIFIERS.filter((q) => q.text !== ''),
    random,
  );
  return { ...plan, mix: { other, alpha: random() } };
}

/** A row with a qualifier of the study, neither mixed nor masked. */
export function planHeldOutRow(random: () => number): RowPlan {
  const topic = pick(Object.keys(TOPICS), random);
  const qualifier = qualifierOf(pick(STUDY_QUALIFIERS, random));
  return { topic, qualifier, masked: false, otherQualifier: 0, random };
}

/** The parameters of the process that a row's targets follow. */
export function targetQualifier({ qualifier, mix, masked }: RowPlan): Qualifier {
  if (masked) return qualifierOf('plain');
  return mix === undefined ? qualifier : mixQualifiers(qualifier, mix.other, mix.alpha);
}

/** One of several values, drawn uniformly. */
export const pick = <T>(values: readonly T[], random: () => number): T =>
  values[Math.floor(random() * values.length)]!;
