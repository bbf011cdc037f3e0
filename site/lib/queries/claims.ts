import { ABLATION_CLAIMS } from './claims/ablation.ts';
import { type Answer, answerOfStudy, type Claim } from './claims/claim.ts';
import { ENTROPY_CLAIMS } from './claims/entropy.ts';
import { FEATURE_CLAIMS } from './claims/features.ts';
import { LIST_CLAIMS } from './claims/lists.ts';
import { quote } from './sql.ts';

/** In the write-up's order. */
const CLAIMS: readonly Claim[] = [
  ...LIST_CLAIMS,
  ...ENTROPY_CLAIMS,
  ...FEATURE_CLAIMS,
  ...ABLATION_CLAIMS,
];

/** A run of Gemma 2 2B itself decides what nothing released does; a run of another model does not. */
const RUN = `(SELECT is_gemma_2 FROM study)`;
const MINIATURE = `(SELECT kind = 'miniature' FROM study)`;
const CANNOT = 'cannot be decided here';

/** The verdict on a claim that no study of another model can be asked, and on one that its tables do not decide. */
export const NOT_ASKED = 'not about a model';
const UNDECIDED = 'cannot be decided';

/** The claims of the write-up, as a table. */
export const CLAIM_VIEWS: Readonly<Record<string, string>> = {
  claims: `SELECT * FROM (${CLAIMS.map(claimRow).join(' UNION ALL ')}) ORDER BY place`,
};

/** What the study's own tables say of each. */
export const STUDY_CLAIM_VIEWS: Readonly<Record<string, string>> = {
  claims_in_study: `SELECT * FROM (${CLAIMS.map(claimInStudy).join(' UNION ALL ')}) ORDER BY place`,
};

/** What one study's own tables say of one claim. */
export interface ClaimInStudy {
  readonly study: string;
  /** What a reader calls its model. */
  readonly model: string;
  readonly claim_id: string;
  readonly verdict: string;
  readonly value: string | null;
}

/** The statement that makes the table `claims_by_study`: a row a study and claim, so that no two studies are pooled. */
export function claimsByStudy(claims: readonly ClaimInStudy[] = []): string {
  const rows = claims.map(({ study, model, claim_id, verdict, value }, place) => {
    const texts = [study, model, claim_id, verdict, value].map((text) =>
      text === null ? 'NULL' : quote(text),
    );
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

function claimRow(claim: Claim, place: number): string {
  const { id, section, needsRun, test, from, value } = claim;
  const decided = needsRun ? RUN : String(claim.holds !== undefined);
  const study = needsRun
    ? `CASE WHEN ${RUN} THEN (SELECT name FROM study) ELSE 'none: a run of Gemma 2 2B itself' END`
    : quote(claim.holds === undefined ? 'none' : 'released data');
  const shown = needsRun
    ? `CASE WHEN ${RUN} THEN ${value} ELSE 'nothing released decides it' || CASE WHEN ${MINIATURE} THEN '; the miniature, no evidence: ' || coalesce(${value}, '–') ELSE '' END END`
    : value;
  return `
    SELECT ${place} AS place, ${quote(id)} AS claim_id, ${quote(section)} AS section, ${quote(claim.claim)} AS claim,
      ${study} AS study, ${quote(test)} AS test, ${shown} AS value,
      CASE WHEN NOT ${decided} OR (${claim.holds ?? 'false'}) IS NULL THEN ${quote(CANNOT)} WHEN ${claim.holds ?? 'false'} THEN 'holds'
        WHEN ${claim.holdsInPart ?? 'false'} THEN 'holds in part' ELSE 'does not hold' END AS verdict
    FROM (${from})`;
}

/** What a study's own tables say of a claim. A condition that is null was asked of what the study does not have. */
function claimInStudy(claim: Claim, place: number): string {
  const answer = answerOfStudy(claim);
  const id = `${place} AS place, ${quote(claim.id)} AS claim_id`;
  if (answer === null)
    return `SELECT ${id}, ${quote(NOT_ASKED)} AS verdict, NULL::VARCHAR AS value`;
  // A query without a row leaves nothing to decide by: what is asked for has one row, whatever the query gives.
  return `
    SELECT ${id}, coalesce(any_value(${verdictOf(answer)}), ${quote(UNDECIDED)}) AS verdict, any_value((${answer.value})::VARCHAR) AS value
    FROM (${answer.from})`;
}

function verdictOf({ holds = 'NULL::BOOLEAN', holdsInPart = 'false' }: Answer): string {
  return `
  CASE WHEN (${holds}) IS NULL THEN NULL WHEN ${holds} THEN 'holds'
    WHEN ${holdsInPart} THEN 'holds in part' ELSE 'does not hold' END`;
}
