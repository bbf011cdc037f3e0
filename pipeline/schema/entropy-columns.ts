import { POSITION_KINDS } from './list-events.ts';
import { type Column, nullable, oneOf, real } from './table.ts';

/** The prompt as it was sampled with, or with its qualifier swapped and the list kept. */
export const CONDITIONS = ['clean', 'corrupted'] as const;
export type Condition = (typeof CONDITIONS)[number];

export const condition = oneOf(CONDITIONS, 'the prompt as sampled, or with its qualifier swapped');

export const positionKind = oneOf(
  POSITION_KINDS,
  "after the item's last token, or after its newline",
);

export const entropyColumn = real(
  'entropy of the full softcapped next-token distribution at temperature 1',
  'nats',
);

/** A quantity of the miniature's generating process, which no other model has. */
export const underProcess = (quantity: string, unit: string | null = null): Column<number | null> =>
  nullable(real(`${quantity} under the generating process; miniature only`, unit));

export const kl = nullable(real('KL divergence of the model from the generating process', 'nats'));
