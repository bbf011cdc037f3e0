import { ablations as ablationColumns } from '../ablations.ts';
import { integers, table } from '../table.ts';

/** As of any study, but that ablated lists were released as text. */
export const ablations = table('ablations', ablationColumns.row, {
  ...ablationColumns.columns,
  token_ids: integers(
    'prompt and list; of an ablated one the text was released, and what follows the kept part is encoded again',
  ),
});
