import { type Contrast, type SteeringVector, steeringVectors } from '../../interp/steering.ts';
import type { VectorRow } from '../../schema/steering-vectors.ts';
import type { Target } from '../ablate/target.ts';
import { groupByList, type ItemRow, type ListRow } from '../lists-by-id.ts';
import { itemEndContrast, promptEndContrast } from './contrasts.ts';
import type { BaselineSetting } from './setting.ts';

/** One value for each method that adds a steering vector. */
export type BySteeringMethod<T> = ReadonlyMap<VectorRow['method'], T>;

/** The lists of one template, with the vectors that steer away from its qualifier. */
export interface SteeringCell {
  readonly template: ListRow['template'];
  readonly targets: readonly Target[];
  readonly contrasts: BySteeringMethod<Contrast>;
  /** [layer] */
  readonly vectors: BySteeringMethod<readonly SteeringVector[]>;
}

/** Compute the steering vectors of each template. @param rows all lists of all templates, and their items */
export async function readVectors(
  { study, reader, form }: BaselineSetting,
  targets: readonly Target[],
  rows: { readonly lists: readonly ListRow[]; readonly items: readonly ItemRow[] },
): Promise<SteeringCell[]> {
  const itemsOf = groupByList(rows.items);
  const cells: SteeringCell[] = [];
  const byTemplate = Map.groupBy(targets, ({ list }) => list.template);
  for (const [template, templateTargets] of byTemplate) {
    const lists = templateTargets.map(({ list }) => list);
    const contrasts = new Map([
      ['steering', promptEndContrast(rows.lists, template, study)],
      ['steering_item_end', itemEndContrast(lists, itemsOf, study, form)],
    ] as const);
    const vectors = new Map<VectorRow['method'], readonly SteeringVector[]>();
    for (const [method, contrast] of contrasts)
      vectors.set(method, await steeringVectors(reader, contrast));
    cells.push({ template, targets: templateTargets, contrasts, vectors });
  }
  return cells;
}

export const vectorRows = ({ template, contrasts, vectors }: SteeringCell): VectorRow[] =>
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
