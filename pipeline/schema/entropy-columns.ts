import { POSITION_KINDS } from './list-events.ts';
import { type Column, nullable, oneOf, real } from './table.ts';

/** `clean`: the list after its own prompt. `corrupted`: the same list after the prompt with its qualifier swapped. */
export const CONDITIONS = ['clean', 'corrupted'] as const;
export type Condition = (typeof CONDITIONS)[number];

export const condition = oneOf(
  CONDITIONS,
  'whether the list follows its own prompt, or the prompt with its qualifier swapped',
);

export const positionKind = oneOf(
  POSITION_KINDS,
  'whether the position is that of the item’s last token, or that of the newline, or comma, after it',
);

export const entropyColumn = real(
  'entropy of the full softcapped next-token distribution at temperature 1',
  'nats',
);

/** A quantity under the miniature's generating process; other models have no generating process. */
export const underProcess = (quantity: string, unit: string | null = null): Column<number | null> =>
  nullable(real(`${quantity} under the generating process; null except for the miniature`, unit));

export const kl = nullable(
  real('KL(generating process ‖ model) of the next token; null except for the miniature', 'nats'),
);
