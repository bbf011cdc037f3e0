import type { layerContributions } from '../../schema/layer-contributions.ts';
import type { logitLensTable } from '../../schema/logit-lens.ts';
import type { Row } from '../../schema/table.ts';
import type { ItemLens } from './read-items.ts';

export type LensTableRow = Row<typeof logitLensTable>;
export type ContributionRow = Row<typeof layerContributions>;

/** One row for each point of the residual stream: layer −1 is the embedding. */
export const lensRows = ({ row, column, ...reading }: ItemLens): LensTableRow[] =>
  Array.from({ length: row.points }, (_, point) => {
    const i = point * row.positions + column;
    return {
      ...keyOf(reading),
      layer: point - 1,
      logit_diff: row.capped[i]!,
      logit_diff_uncapped: row.uncapped[i]!,
      logit_diff_raw: row.raw[i]!,
    };
  });

/** One row for the embedding, then two for each layer (attention, MLP), in the order of interp/logit-lens.ts. */
export const contributionRows = ({ row, column, ...reading }: ItemLens): ContributionRow[] =>
  Array.from({ length: 2 * row.points - 1 }, (_, part) => ({
    ...keyOf(reading),
    layer: part === 0 ? -1 : Math.floor((part - 1) / 2),
    component: part === 0 ? 'embed' : part % 2 === 1 ? 'attn' : 'mlp',
    contribution: row.contributions[part * row.positions + column]!,
  }));

/** The columns that identify a list, proxy and item. */
const keyOf = ({ proxy, item }: Pick<ItemLens, 'proxy' | 'item'>) => ({
  sample_id: item.sample_id,
  proxy,
  item_index: item.item_index,
  items_from_end: item.items_from_end,
});
