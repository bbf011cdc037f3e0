import { type Contrast, type SteeringVector, steeringVectors } from '../../interp/steering.ts';
import type { VectorRow } from '../../schema/steering-vectors.ts';
import type { Target } from '../ablate/target.ts';
import { groupByList, type ItemRow, type ListRow } from '../lists-by-id.ts';
import { itemEnds, promptEnds } from './contrasts.ts';
import type { Setting } from './setting.ts';

/** The methods that add a vector, each with where its vectors come from. */
export type ByMethod<T> = ReadonlyMap<VectorRow['method'], T>;

/** The lists of one template, and what leads away from its qualifier. */
export interface Cell {
  readonly template: ListRow['template'];
  readonly targets: readonly Target[];
  readonly contrasts: ByMethod<Contrast>;
  /** [layer] */
  readonly vectors: ByMethod<readonly SteeringVector[]>;
}

/** @param all the lists of all templates, and their items */
export async function readVectors(
  { study, reader, form }: Setting,
  targets: readonly Target[],
  { lists, items }: { readonly lists: readonly ListRow[]; readonly items: readonly ItemRow[] },
): Promise<Cell[]> {
  const itemsOf = groupByList(items);
  const cells: Cell[] = [];
  for (const [template, own] of Map.groupBy(targets, ({ list }) => list.template)) {
    const ended = own.map(({ list }) => list);
    const contrasts = new Map([
      ['steering', promptEnds(lists, template, study)],
      ['steering_item_end', itemEnds(ended, itemsOf, study, form)],
    ] as const);
    const vectors = new Map<VectorRow['method'], readonly SteeringVector[]>();
    for (const [method, contrast] of contrasts)
      vectors.set(method, await steeringVectors(reader, contrast));
    cells.push({ template, targets: own, contrasts, vectors });
  }
  return cells;
}

export const vectorRows = ({ template, contrasts, vectors }: Cell): VectorRow[] =>
  [...vectors].flatMap(([method, layers]) =>
    layers.map(({ differenceNorm, residualNorm }, layer) => ({
      template,
      method,
      layer,
      difference_norm: differenceNorm,
      residual_norm: residualNorm,
      n: contrasts.get(method)!.from.reduce((sum, { positions }) => sum + positions.length, 0),
    })),
  );
