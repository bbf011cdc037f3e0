import { type Contrast, type SteeringVector, steeringVectors } from '../interp/steering.ts';
import type { Row } from '../tables/table.ts';
import { completions, items } from './1-generate.ts';
import { readTargets } from './8-ablate.ts';
import { ablations } from './ablate/tables.ts';
import type { List, Target } from './ablate/target.ts';
import { itemEnds, promptEnds } from './baselines/contrasts.ts';
import { costRows } from './baselines/costs.ts';
import { damageOf, type Judged } from './baselines/damage.ts';
import { damageEffectRows, effectRows } from './baselines/effects.ts';
import type { Setting, StudyParts } from './baselines/setting.ts';
import {
  ablationDamage,
  ablationDamageEffects,
  baselineCosts,
  baselineEffects,
  baselines,
  DAMAGE_ARMS,
  type DamageRow,
  steeringVectorsTable,
  type VectorRow,
} from './baselines/tables.ts';
import { variantsOf } from './baselines/variants.ts';
import { baselineOf, outcomeOf, type Written, writeVariant } from './baselines/write-variant.ts';
import { defineStage, type StageContext } from './stage.ts';

/**
 * Do to the lists that 8-ablate edits what one would do without features, and judge all of them alike.
 *
 * 1. Steering vectors, at every layer: what the qualifier changes where the prompt ends, and where items end.
 * 2. Every list is written again on its own noise: steered, with tokens banned or made less likely, after a prompt
 *    with another qualifier or none. What is swept is tried on the first list of each topic.
 * 3. The model as it is judges each answer, those of ablations also, as one to the list's own prompt.
 */
export const baselinesStage = defineStage({
  name: '9-baselines',
  source: import.meta.url,
  config: [
    'model',
    'saes',
    'seed',
    'batchSize',
    'templates',
    'sampling',
    'attribution',
    'ablation',
    'baselines',
    'bootstrap',
  ],
  reads: [completions, items, ablations],
  writes: [
    baselines,
    baselineEffects,
    steeringVectorsTable,
    ablationDamage,
    ablationDamageEffects,
    baselineCosts,
  ],

  async run(context) {
    const { study, provider, read, write, progress } = context;
    const at = { study, provider, model: context.model(), tokenizer: context.tokenizer() };
    const targets = await readTargets(context);
    const cells = await readCells(context, at, targets);
    const variants = cells.flatMap((cell) => variantsOf(at, cell.targets, cell.vectors));
    const written = targets.map(baselineOf);
    for (const [i, variant] of variants.entries()) {
      written.push(...(await writeVariant(at, variant)));
      progress(i + 1, variants.length, 'variants');
    }
    const ablated = await read(ablations, judgedArms(study.ablation));
    const damages = await damageOf(at, [...written.map(judgedOf), ...judgedRows(ablated, targets)]);
    const outcomes = written.map((of, i) => outcomeOf(of, damages[i]!, at));
    const [before, after] = [outcomes.slice(0, targets.length), outcomes.slice(targets.length)];
    const damage = damageRows(ablated, damages.slice(written.length));
    write(
      baselines,
      outcomes.map(({ row }) => row),
    );
    write(baselineEffects, effectRows(after, before, study));
    write(steeringVectorsTable, cells.flatMap(vectorRows));
    write(ablationDamage, damage);
    write(
      ablationDamageEffects,
      damageEffectRows(
        damage,
        targets.map(({ list }) => list),
        study,
      ),
    );
    const contrasts = cells.map((cell) => cell.contrasts);
    write(baselineCosts, costRows(at, targets.length, contrasts, await context.saes()));
  },
});

/** The lists of one template, with what its qualifier can be told by. */
interface Cell {
  readonly template: List['template'];
  readonly targets: readonly Target[];
  readonly contrasts: ReadonlyMap<VectorRow['method'], Contrast>;
  readonly vectors: ReadonlyMap<VectorRow['method'], readonly SteeringVector[]>;
}

async function readCells(
  { read }: StageContext<StudyParts>,
  at: Setting,
  targets: readonly Target[],
): Promise<Cell[]> {
  const { study, tokenizer } = at;
  const lists = await read(completions);
  const itemsOf = Map.groupBy(await read(items), ({ sample_id }) => sample_id);
  const cells: Cell[] = [];
  for (const [template, of] of Map.groupBy(targets, ({ list }) => list.template)) {
    const own = of.map(({ list }) => list);
    const contrasts = new Map([
      ['steering', promptEnds(lists, template, study)],
      ['steering_item_end', itemEnds(own, itemsOf, study, tokenizer)],
    ] as const);
    cells.push({ template, targets: of, contrasts, vectors: await vectorsOf(at, contrasts) });
  }
  return cells;
}

async function vectorsOf(
  { study, provider, model }: Setting,
  contrasts: Cell['contrasts'],
): Promise<Cell['vectors']> {
  const { batchSize } = study;
  const vectors = new Map<VectorRow['method'], readonly SteeringVector[]>();
  for (const [method, contrast] of contrasts)
    vectors.set(method, await steeringVectors(model, contrast, { provider, batchSize }));
  return vectors;
}

const vectorRows = ({ template, contrasts, vectors }: Cell): VectorRow[] =>
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

const judgedOf = ({ target, completion }: Written): Judged => ({
  list: target.list,
  completion: completion.ids,
});

/** SQL: the rows of ablations that are judged. */
const judgedArms = ({ k }: Setting['study']['ablation']): string =>
  `protocol = 'from-prompt' AND arm IN (${DAMAGE_ARMS.map((arm) => `'${arm}'`)})
  AND coalesce(k, ${k}) = ${k} AND coalesce(draw, 0) = 0`;

type AblatedRow = Row<typeof ablations>;

function judgedRows(rows: readonly AblatedRow[], targets: readonly Target[]): Judged[] {
  const listOf = new Map(targets.map(({ list }) => [list.sample_id, list]));
  return rows.map(({ sample_id, token_ids }) => {
    const list = listOf.get(sample_id)!;
    return { list, completion: token_ids.slice(list.n_prompt_tokens) };
  });
}

const damageRows = (rows: readonly AblatedRow[], crossEntropies: readonly number[]): DamageRow[] =>
  rows.map(({ sample_id, sae_id, protocol, arm }, i) => {
    const condition = { sae_id, protocol, arm } as Pick<DamageRow, 'sae_id' | 'protocol' | 'arm'>;
    return { sample_id, ...condition, cross_entropy: crossEntropies[i]! };
  });
