import { oneOf, type Row, table, text } from './table.ts';

export const VERDICTS = ['holds', 'holds in part', 'does not hold', 'cannot be decided'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What could decide a claim: the study’s own tables; only a run of Gemma 2 2B; nothing that exists. */
export const GROUNDS = ['data', 'run', 'none'] as const;

export const claims = table(
  'claims',
  'one claim of the write-up, and what the study’s tables say of it',
  {
    claim_id: text('name of the claim'),
    section: text('section of the write-up'),
    claim: text('the claim, in this project’s words'),
    study: text('the study whose tables are asked'),
    test: text('the rule: what is measured, and when the claim holds'),
    decided_by: oneOf(
      GROUNDS,
      'data: the study’s tables; run: no released data, only a run of the write-up’s own model; none: no data that exist',
    ),
    value: text('what was found'),
    verdict: oneOf(
      VERDICTS,
      'an effect holds where its interval lies beyond the null value, in part where the interval also excludes the smallest size that would count, does not hold where it includes the null value and excludes that size, and cannot be decided where it includes both',
    ),
  },
);

export type ClaimRow = Row<typeof claims>;
