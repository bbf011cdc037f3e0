import { type Contrast, type SteeringVector, steeringVectors } from '../../interp/steering.ts';
import type { items } from '../../schema/items.ts';
import type { VectorRow } from '../../schema/steering-vectors.ts';
import type { Row } from '../../schema/table.ts';
import type { List, Target } from '../ablate/target.ts';
import { itemEnds, promptEnds } from './contrasts.ts';
import type { Setting } from './setting.ts';

/** The methods that add a vector, each with where its vectors come from. */
export type ByMethod<T> = ReadonlyMap<VectorRow['method'], T>;

/** The lists of one template, and what leads away from its qualifier. */
export interface Cell {
  readonly template: List['template'];
  readonly targets: readonly Target[];
  readonly contrasts: ByMethod<Contrast>;
  /** [layer] */
  readonly vectors: ByMethod<readonly SteeringVector[]>;
}

/** @param lists of all templates */
export async function readVectors(
  { study, provider, model, tokenizer }: Setting,
  targets: readonly Target[],
  lists: readonly List[],
  of: readonly Row<typeof items>[],
): Promise<Cell[]> {
  const itemsOf = Map.groupBy(of, ({ sample_id }) => sample_id);
  const cells: Cell[] = [];
  for (const [template, own] of Map.groupBy(targets, ({ list }) => list.template)) {
    const ended = own.map(({ list }) => list);
    const contrasts = new Map([
      ['steering', promptEnds(lists, template, study)],
      ['steering_item_end', itemEnds(ended, itemsOf, study, tokenizer)],
    ] as const);
    const vectors = new Map<VectorRow['method'], readonly SteeringVector[]>();
    for (const [method, contrast] of contrasts) {
      const { batchSize } = study;
      vectors.set(method, await steeringVectors(model, contrast, { provider, batchSize }));
    }
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
