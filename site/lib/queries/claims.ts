import { quote } from './sql.ts';

/** What one study’s own tables say of one claim of the write-up. */
export interface ClaimInStudy {
  readonly study: string;
  /** What a reader calls its model. */
  readonly model: string;
  readonly claim_id: string;
  readonly verdict: string;
  readonly value: string;
}

/**
 * The statement that makes the table `claims_by_study`: a row a study and claim, so that no two studies are pooled. What the
 * released data say is in `original_claims`.
 */
export function claimsByStudy(claims: readonly ClaimInStudy[] = []): string {
  const rows = claims.map(({ study, model, claim_id, verdict, value }, place) => {
    const texts = [study, model, claim_id, verdict, value].map(quote);
    return `(${place}, ${texts.join(', ')})`;
  });
  const none = `(NULL, NULL, NULL, NULL, NULL, NULL)`;
  return `
    CREATE OR REPLACE TABLE claims_by_study AS
    SELECT place::INTEGER AS place, study::VARCHAR AS study, model::VARCHAR AS model, claim_id::VARCHAR AS claim_id,
      verdict::VARCHAR AS verdict, value::VARCHAR AS value
    FROM (VALUES ${rows.length > 0 ? rows.join(', ') : none}) AS c(place, study, model, claim_id, verdict, value)
    WHERE claim_id IS NOT NULL`;
}

export const CLAIM_VIEWS: Readonly<Record<string, string>> = {
  /** What each rule says of simulated lists, one row a claim: shares of the verdicts where it is true, and where it is false. */
  power_by_claim: `
    SELECT c.claim, t.simulated AS "true", t.holds, t.in_part, t.not_decided,
      f.simulated AS "false", f.not_holding, f.in_part AS in_part_of_false, f.not_decided AS not_decided_of_false, f.holds AS wrongly, t.n
    FROM original_claims c
    JOIN (${powerWhere('true')}) t USING (claim_id) JOIN (${powerWhere('false')}) f USING (claim_id)
    ORDER BY c.place`,
};

function powerWhere(truth: 'true' | 'false'): string {
  const share = (verdict: string) => `max(share) FILTER (verdict = ${quote(verdict)})`;
  return `
    SELECT claim_id, any_value(simulated) AS simulated, any_value(n) AS n, ${share('holds')} AS holds,
      ${share('holds in part')} AS in_part, ${share('does not hold')} AS not_holding, ${share('cannot be decided')} AS not_decided
    FROM verdict_power WHERE truth = ${quote(truth)} GROUP BY claim_id`;
}
