import type { TableAccess } from '../engine/stage.ts';
import { ablationEffects } from '../schema/ablation-effects.ts';
import { type AblationRow, ablations } from '../schema/ablations.ts';
import { claims } from '../schema/claims.ts';
import { completions } from '../schema/completions.ts';
import { entropy } from '../schema/entropy.ts';
import { featureAttributions } from '../schema/feature-attributions.ts';
import { items } from '../schema/items.ts';
import { layerContributions } from '../schema/layer-contributions.ts';
import { logitLensSummary } from '../schema/logit-lens-summary.ts';
import { CLAIMS } from './claims/all.ts';
import { estimator } from './claims/estimator.ts';
import { type Rewritten, rewrittenLists, zeroedSaes } from './claims/rewritten.ts';
import type { StudyTables } from './claims/tables.ts';
import { type Context, defineStage } from './define.ts';
import { groupByList } from './lists-by-id.ts';
import { readMappedAttributions } from './mapped-attributions.ts';

const SETTINGS = ['name', 'seed', 'sampling', 'ablation', 'bootstrap'] as const;

/** Ask the study’s tables each claim of the write-up that is about a model. */
export const claimsStage = defineStage({
  name: 'claims',
  source: import.meta.url,
  settings: SETTINGS,
  needs: [],
  reads: [
    completions,
    items,
    entropy,
    logitLensSummary,
    layerContributions,
    featureAttributions,
    ablations,
    ablationEffects,
  ],
  writes: [claims],

  async run(context) {
    const { study, write, progress } = context;
    const tables = await readTables(context);
    const rows = CLAIMS.flatMap(({ id, section, claim, test, ofStudy }, i) => {
      const finding = ofStudy(tables, estimator(study, `claim ${id}`));
      progress(i + 1, CLAIMS.length, 'claims');
      return finding === null
        ? []
        : [{ claim_id: id, section, claim, study: study.name, test, ...finding }];
    });
    write(claims, rows);
  },
});

/** The lists that were written again with features of an SAE zeroed, without their texts and tokens. */
async function readRewritten({ readParts }: Pick<TableAccess, 'readParts'>): Promise<Rewritten[]> {
  const rows: Rewritten[] = [];
  const keep = (part: readonly AblationRow[]) => {
    for (const { text: _, token_ids: __, ...row } of part) rows.push(row);
  };
  await readParts(ablations, keep, "sae_id IS NOT NULL AND arm IN ('ablated', 'random')");
  return rows;
}

async function readTables(
  context: Context<(typeof SETTINGS)[number], never>,
): Promise<StudyTables> {
  const { study, read } = context;
  const lists = await read(completions);
  const { rowsOf } = await readMappedAttributions(context);
  const rewritten = await readRewritten(context);
  const effects = await read(ablationEffects, "topic IS NULL AND metric = 'n_items'");
  const { k } = study.ablation;
  return {
    lists,
    itemsOf: groupByList(await read(items)),
    temperature: study.sampling.temperature,
    entropy: await read(entropy),
    lens: await read(logitLensSummary, 'component IS NULL'),
    contributions: await read(
      layerContributions,
      "proxy = 'blank_newline' AND items_from_end = 0 AND component <> 'embed'",
    ),
    attributed: rowsOf,
    continued: rewrittenLists(rewritten, lists, k),
    zeroed: zeroedSaes(rewritten, lists, { k, effects }),
  };
}
