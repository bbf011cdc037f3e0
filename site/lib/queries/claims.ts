import { ABLATION_CLAIMS } from './claims/ablation.ts';
import type { Claim } from './claims/claim.ts';
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

const RUN = `(SELECT kind = 'run' FROM study)`;
const CANNOT = 'cannot be decided here';

/** The claims of the write-up, as a table. */
export const CLAIM_VIEWS: Readonly<Record<string, string>> = {
  claims: `SELECT * FROM (${CLAIMS.map(claimRow).join(' UNION ALL ')}) ORDER BY place`,
};

function claimRow(claim: Claim, place: number): string {
  const { id, section, needsRun, test, from, value } = claim;
  const decided = needsRun ? RUN : String(claim.holds !== undefined);
  const study = needsRun
    ? `CASE WHEN ${RUN} THEN (SELECT name FROM study) ELSE 'none: a run of Gemma 2 2B itself' END`
    : quote(claim.holds === undefined ? 'none' : 'released data');
  const shown = needsRun
    ? `CASE WHEN ${RUN} THEN ${value} ELSE 'nothing released decides it; ' || (SELECT name FROM study) || ', no evidence: ' || coalesce(${value}, '–') END`
    : value;
  return `
    SELECT ${place} AS place, ${quote(id)} AS claim_id, ${quote(section)} AS section, ${quote(claim.claim)} AS claim,
      ${study} AS study, ${quote(test)} AS test, ${shown} AS value,
      CASE WHEN NOT ${decided} THEN ${quote(CANNOT)} WHEN ${claim.holds ?? 'false'} THEN 'holds'
        WHEN ${claim.holdsInPart ?? 'false'} THEN 'holds in part' ELSE 'does not hold' END AS verdict
    FROM (${from})`;
}
