import { type AuditNumber, whole } from './audit-number.ts';

const ABLATION = 'Causal ablation';

/** What lists become without some features. */
export const ABLATION_NUMBERS: readonly AuditNumber[] = [
  {
    section: ABLATION,
    quantity: 'features zeroed',
    reported: `'5'`,
    digits: 0,
    study: whole('(SELECT main_k FROM ablation_k)'),
    cause: `'the code has 10; what was zeroed in which list was not released'`,
  },
  {
    section: ABLATION,
    quantity: 'lists that end shorter than their baseline',
    reported: 'NULL',
    digits: -1,
    token: whole('(SELECT sum(n_shorter) / sum(n) FROM original_ablation_counts)'),
    capped: 'SELECT sum(n_capped) / sum(n) FROM original_ablation_counts',
    cause: `(SELECT printf('%d of %d lists keep the last item’s hyphen, and cannot; the others go on from an item earlier', sum(n_kept_prefix)::INTEGER, sum(n)::INTEGER) FROM original_ablation_counts)`,
  },
  {
    section: ABLATION,
    quantity: 'lists that begin to repeat themselves',
    reported: `'loops'`,
    digits: -1,
    token: whole('(SELECT sum(n_looped) / sum(n) FROM original_ablation_counts)'),
    capped: 'SELECT sum(n_capped) / sum(n) FROM original_ablation_counts',
    cause: `(SELECT printf('%d of the %d are of res_0, of whose lists the limit cut %.0f %%', max(looped) FILTER (sae_id = 'res_0')::INTEGER, sum(looped)::INTEGER, 100 * max(cut) FILTER (sae_id = 'res_0'))
      FROM (SELECT sae_id, sum(n_looped) AS looped, sum(n_capped) / sum(n) AS cut FROM original_ablation_counts GROUP BY sae_id))`,
  },
];
