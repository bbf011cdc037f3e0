import { entropyColumn, kl, underProcess } from './entropy-columns.ts';
import { sampleId } from './shared-columns.ts';
import { integer, nullable, type Row, real, table } from './table.ts';

export const tokenEntropy = table(
  'token_entropy',
  'the next-token distribution after one token of an answer',
  {
    sample_id: sampleId,
    pos: integer('position of the token in the sequence of prompt and list, from 0'),
    entropy: entropyColumn,
    p_realised: nullable(
      real('probability of the token that follows; null after the last token', 'probability'),
    ),
    true_entropy: underProcess('entropy', 'nats'),
    kl,
  },
);

export type TokenEntropyRow = Row<typeof tokenEntropy>;
