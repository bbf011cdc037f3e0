import type { ClaimRow, Verdict } from '../../schema/claims.ts';
import type { Truth } from '../../schema/verdict-power.ts';
import type { Estimator } from './estimator.ts';
import type { World } from './simulation.ts';
import type { ReleasedTables, StudyTables } from './tables.ts';

/**
 * One claim of the write-up and its rule.
 *
 * @typeParam E the estimates that the rule judges, whether of tables or of simulated lists
 */
interface Definition<E> {
  readonly id: string;
  /** Section of the write-up. */
  readonly section: string;
  /** In this project's words. */
  readonly claim: string;
  /** The rule, in words: what is measured, and when the claim holds. */
  readonly test: string;
  /** Estimates of what the author released. Left out where nothing that was released says it. */
  readonly inRelease?: (tables: ReleasedTables, estimate: Estimator) => E | null;
  /** The same of a study of a model. Left out where the claim is about the write-up's own data, figures or code. */
  readonly inStudy?: (tables: StudyTables, estimate: Estimator) => E | null;
  readonly judge: (estimates: E) => Verdict;
  /** What was found, as a text. */
  readonly value: (estimates: E) => string;
  /** What is simulated, in words, and the estimates of one such world: where the claim is true, and where it is false. */
  readonly simulated: Readonly<
    Record<Truth, { readonly words: string; readonly draw: (world: World) => E | null }>
  >;
}

/** What the tables of one study say of a claim. */
export type Finding = Pick<ClaimRow, 'value' | 'verdict' | 'decided_by'>;

/** A claim with a rule. */
export interface Claim extends Pick<Definition<unknown>, 'id' | 'section' | 'claim' | 'test'> {
  /** Whether it can be asked of a study of any model. */
  readonly isOfModels: boolean;
  ofRelease(tables: ReleasedTables, estimate: Estimator): Finding;
  /** Null where the claim is not about a model. */
  ofStudy(tables: StudyTables, estimate: Estimator): Finding | null;
  /** Null for a statement that no data can decide: it has no rule. */
  readonly simulated: Readonly<Record<Truth, Simulated>> | null;
}

interface Simulated {
  readonly words: string;
  verdictIn(world: World): Verdict;
}

/** A claim with a rule: one function judges the released data, the studies and the simulated worlds. */
export function claim<E>(definition: Definition<E>): Claim {
  const { id, section, test, inRelease, inStudy, judge, value, simulated } = definition;
  const found = (estimates: E | null): Finding =>
    estimates === null
      ? { value: 'no list to judge it by', verdict: 'cannot be decided', decided_by: 'data' }
      : { value: value(estimates), verdict: judge(estimates), decided_by: 'data' };
  const simulate = ({ words, draw }: Definition<E>['simulated'][Truth]): Simulated => ({
    words,
    verdictIn: (world) => found(draw(world)).verdict,
  });
  return {
    id,
    section,
    claim: definition.claim,
    test,
    isOfModels: inStudy !== undefined,
    ofRelease: (tables, estimate) => (inRelease ? found(inRelease(tables, estimate)) : NEEDS_RUN),
    ofStudy: (tables, estimate) => (inStudy ? found(inStudy(tables, estimate)) : null),
    simulated: { true: simulate(simulated.true), false: simulate(simulated.false) },
  };
}

/** A statement that no data can decide. @param why what would have had to be kept */
export const undecidable = (
  parts: Pick<Claim, 'id' | 'section' | 'claim'> & { readonly why: string },
): Claim => ({
  ...parts,
  test: 'None: no data that exist can decide it',
  isOfModels: false,
  ofRelease: () => ({ value: parts.why, verdict: 'cannot be decided', decided_by: 'none' }),
  ofStudy: () => null,
  simulated: null,
});

const NEEDS_RUN: Finding = {
  value: 'nothing released decides it: it needs a run of Gemma 2 2B',
  verdict: 'cannot be decided',
  decided_by: 'run',
};
