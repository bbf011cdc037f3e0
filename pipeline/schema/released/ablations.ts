import { ablations as ablationColumns } from '../ablations.ts';
import { integers, table } from '../table.ts';

/** As for other studies, but ablated lists were released as text without token ids. */
export const ablations = table('ablations', ablationColumns.row, {
  ...ablationColumns.columns,
  token_ids: integers(
    'token ids of prompt and list; for an ablated list, those after the unchanged prefix are encoded from the released text',
  ),
});
