import { type Claim, SHARE } from './claim.ts';

const meanOf = (name: string, under: string, template: string, where: string): string => `
  (SELECT mean FROM entropy_summary WHERE quantity = 'entropy' AND position_kind = 'item' AND condition = '${under}'
    AND template = '${template}' AND ${where}) AS ${name}`;

/** Entropy at the first item, the one before the last, and the last. */
const entropy = (under: string, template: string): string => `
  SELECT ${meanOf('first', under, template, 'item_index = 0')}, ${meanOf('before', under, template, 'items_from_end = 1')},
    ${meanOf('last', under, template, 'items_from_end = 0')}`;

const NATS = `printf('%.2f at the first item, %.2f before the last, %.2f at the last', first, before, last)`;

const ENTROPY = 'Entropy analysis';
const LENS = 'First approximations';

/** What it says of entropy, and of what the layers say before the last. */
export const ENTROPY_CLAIMS: readonly Claim[] = [
  {
    id: 'entropy-short',
    section: ENTROPY,
    claim:
      'Under its own prompt a short list’s entropy rises over the items, and a little more at the last.',
    needsRun: true,
    test: 'Entropy after items. It holds where first < before the last < last',
    from: entropy('clean', 'short'),
    value: NATS,
    holds: 'first < before AND before < last',
    holdsInPart: 'first < last',
  },
  {
    id: 'entropy-short-corrupted',
    section: ENTROPY,
    claim: 'Under the other prompt a short list’s entropy rises at the last item only.',
    needsRun: true,
    test: 'Entropy after items. It holds where the rise at the last item exceeds the one before it tenfold, in part where it exceeds it',
    from: entropy('corrupted', 'short'),
    value: NATS,
    holds: 'last > before AND last - before > 10 * abs(before - first)',
    holdsInPart: 'last - before > before - first',
  },
  {
    id: 'entropy-long',
    section: ENTROPY,
    claim: 'Under its own prompt a long list’s entropy rises gradually.',
    needsRun: true,
    test: 'Entropy after items. It holds where first < before the last < last',
    from: entropy('clean', 'long'),
    value: NATS,
    holds: 'first < before AND before < last',
    holdsInPart: 'first < last',
  },
  {
    id: 'entropy-long-corrupted',
    section: ENTROPY,
    claim: 'Under the other prompt a long list’s entropy spikes at its last item.',
    needsRun: true,
    test: 'Entropy after items. It holds where the rise at the last item exceeds the one before it tenfold, in part where it exceeds it',
    from: entropy('corrupted', 'long'),
    value: NATS,
    holds: 'last > before AND last - before > 10 * abs(before - first)',
    holdsInPart: 'last - before > before - first',
  },
  {
    id: 'entropy-one-place',
    section: ENTROPY,
    claim: 'The entropy is read at one kind of position, the items.',
    test: 'Template 1’s lists in which a blank moves the last reading elsewhere. It holds where there are none, in part where fewer than half',
    from: `SELECT mean, ci_low, ci_high FROM original_audit WHERE quantity = 'blank' AND rule = 'token' AND template = 'short'
      AND temperature = 0.8 AND topic IS NULL AND items_from_end = 0`,
    value: `'the last reading is of another kind in ' || ${SHARE}`,
    holds: 'mean = 0',
    holdsInPart: 'mean < 0.5',
  },
  {
    id: 'entropy-figures',
    section: ENTROPY,
    claim: 'Each figure of the entropy shows the condition that its heading names.',
    test: 'Figures whose file is named for the condition. It holds where all are, in part where any is',
    from: `SELECT count(*) AS n, count(*) FILTER (file LIKE '%-' || heading || '.png') AS same FROM published_entropy_figures`,
    value: `printf('%d of %d', same, n)`,
    holds: 'same = n',
    holdsInPart: 'same > 0',
  },
  {
    id: 'lens-fifth',
    section: LENS,
    claim: 'The fifth item is the first at which a blank is clearly over a newline.',
    needsRun: true,
    test: 'The first item after which the mean difference of the final logits is above 0. It holds where that is the fifth',
    from: `SELECT min(item_index) + 1 AS item FROM logit_lens_summary, n_layers AS d(depth) WHERE component IS NULL
      AND proxy = 'blank_newline' AND template = 'short' AND layer = depth - 1 AND mean > 0`,
    value: `coalesce(printf('item %d', item), 'no item')`,
    holds: 'coalesce(item = 5, false)',
  },
  {
    id: 'lens-layers',
    section: LENS,
    claim: 'The last layers, from the 20th of 26 on, matter most for the difference.',
    needsRun: true,
    test: 'Share of the layers’ contributions, in magnitude, that is of the last quarter of layers. It holds where that is more than half',
    from: `SELECT sum(abs(mean)) FILTER (layer >= 0.75 * depth) / sum(abs(mean)) AS share FROM logit_lens_summary, n_layers AS d(depth)
      WHERE component IS NOT NULL AND component <> 'embed' AND proxy = 'blank_newline' AND template = 'short' AND items_from_end = 0`,
    value: 'digits_of(share, -1)',
    holds: 'share > 0.5',
  },
];
