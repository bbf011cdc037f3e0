import { noShare } from './patching-columns.ts';
import { integer, nullable, oneOf, type Row, real, table, text } from './table.ts';

export const TRANSFERRED = ['own', 'other', 'random'] as const;
export type Transferred = (typeof TRANSFERRED)[number];

export const circuitTransfer = table(
  'circuit_transfer',
  'what the features of another study’s circuit do to this study’s decisions, beside those of its own',
  {
    study: text('the other study, of the same model and transcoders'),
    features: oneOf(
      TRANSFERRED,
      'own: the most influential features of this study’s average graph; other: those of the other study’s; random: active features of the layers of the own ones, which are not among these',
    ),
    n_features: integer('features that are set to their means at every position', 'features'),
    shared: integer('how many of them are among as many own ones', 'features'),
    change: nullable(
      real(
        'change of the logit of the end minus that of another item, after the last item, when they are set to their means: mean over lists, for random ones also over draws',
        'logits',
      ),
    ),
    ci_low: nullable(real('lower end of its confidence interval, over topics', 'logits')),
    ci_high: nullable(real('upper end of its confidence interval', 'logits')),
    share: nullable(real('the change as a share of the own features’')),
    share_low: nullable(real('lower end of its confidence interval')),
    share_high: nullable(real('upper end of its confidence interval')),
    reason: noShare,
    n: integer('lists', 'lists'),
  },
);

export type CircuitTransferRow = Row<typeof circuitTransfer>;
