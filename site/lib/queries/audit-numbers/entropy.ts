import type { TemplateName } from '../../../../pipeline/schema/templates.ts';
import { type AuditNumber, recounted, whole } from './audit-number.ts';

const ENTROPY = 'Entropy analysis';
const LENS = 'First approximations';

const entropy = (under: string, template: TemplateName, where: string): string => `
  SELECT mean, ci_low, ci_high FROM entropy_summary WHERE quantity = 'entropy' AND position_kind = 'item'
  AND condition = '${under}' AND template = '${template}' AND ${where}`;

const NOT_RELEASED = `'no probabilities were released'`;

/** What the model expects, of which nothing was released. */
export const ENTROPY_NUMBERS: readonly AuditNumber[] = [
  {
    section: ENTROPY,
    quantity: 'rise to the last item, short, clean (nats)',
    reported: `'gradual, slight'`,
    digits: 2,
    study: `SELECT l.mean - f.mean AS mean, NULL AS ci_low, NULL AS ci_high FROM (${entropy('clean', 'short', 'items_from_end = 0')}) l, (${entropy('clean', 'short', 'item_index = 0')}) f`,
    cause: NOT_RELEASED,
  },
  {
    section: ENTROPY,
    quantity: 'rise at the last item, short, corrupted (nats)',
    reported: `'only there'`,
    digits: 2,
    study: `SELECT l.mean - f.mean AS mean, NULL AS ci_low, NULL AS ci_high FROM (${entropy('corrupted', 'short', 'items_from_end = 0')}) l, (${entropy('corrupted', 'short', 'items_from_end = 1')}) f`,
    cause: `(SELECT printf('in %.0f %% of lists the author’s last reading is at an item, before its blank, and all others at a newline', 100 * mean)
      FROM (${recounted('token', 'blank', 'short', { fromEnd: 0 })}))`,
  },
  {
    section: ENTROPY,
    quantity: 'rise to the last item, long, clean (nats)',
    reported: `'gradual'`,
    digits: 2,
    study: `SELECT l.mean - f.mean AS mean, NULL AS ci_low, NULL AS ci_high FROM (${entropy('clean', 'long', 'items_from_end = 0')}) l, (${entropy('clean', 'long', 'item_index = 0')}) f`,
    cause: `(SELECT printf('%d of %d figures of template 2 show the condition that their heading names', count(*) FILTER (file LIKE '%-' || heading || '.png'), count(*)) FROM published_entropy_figures WHERE template = 'long')`,
  },
  {
    section: ENTROPY,
    quantity: 'rise at the last item, long, corrupted (nats)',
    reported: `'a spike'`,
    digits: 2,
    study: `SELECT l.mean - f.mean AS mean, NULL AS ci_low, NULL AS ci_high FROM (${entropy('corrupted', 'long', 'items_from_end = 0')}) l, (${entropy('corrupted', 'long', 'items_from_end = 1')}) f`,
    cause: NOT_RELEASED,
  },
  {
    section: LENS,
    quantity: 'first item at which a blank is over a newline',
    reported: `'the 5th'`,
    digits: 0,
    study: whole(
      `(SELECT min(item_index) + 1 FROM logit_lens_summary, n_layers AS d(depth) WHERE component IS NULL AND proxy = 'blank_newline' AND template = 'short' AND layer = depth - 1 AND mean > 0)`,
    ),
    cause: `'no logits were released'`,
  },
];
