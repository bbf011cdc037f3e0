import type { TableAccess } from '../engine/stage.ts';
import { attributionUses } from '../interp/attribution/attribute-saes.ts';
import { integrationUses } from '../interp/attribution/integrate-sae.ts';
import { editedMetricUses } from '../interp/measured-metric.ts';
import { deepestOfEachShape } from '../interp/sae-sessions.ts';
import { MAPPED_PROXY } from '../lists/proxies.ts';
import type { SaeFile } from '../sae/sae.ts';
import { activeFeatures } from '../schema/active-features.ts';
import { attributionAgreement } from '../schema/attribution-agreement.ts';
import { attributionSums } from '../schema/attribution-sums.ts';
import { attributions } from '../schema/attributions.ts';
import { completions } from '../schema/completions.ts';
import { type ExactEffectRow, exactEffects } from '../schema/exact-effects.ts';
import { featureAttributions } from '../schema/feature-attributions.ts';
import { featureSummary } from '../schema/feature-summary.ts';
import { items } from '../schema/items.ts';
import { swapAttributions } from '../schema/swap-attributions.ts';
import { tokenAttributions } from '../schema/token-attributions.ts';
import type { Settings } from '../study/study.ts';
import { agreementRows } from './attribute/agreement.ts';
import { type Attributed, attributeLists, isIntegrated } from './attribute/attribute-lists.ts';
import { type ChosenCell, exactRows } from './attribute/exact.ts';
import { type Pass, passesOf, pathsOf } from './attribute/readings.ts';
import type { AttributionTables } from './attribute/rows.ts';
import { summarise } from './attribute/summary.ts';
import { chosenSaes } from './chosen-saes.ts';
import { type Context, defineStage } from './define.ts';
import { listCounts, longestOf } from './extent.ts';
import { lastItemByList, listsAtTemperature, listsById } from './lists-by-id.ts';
import { readerOf } from './reader.ts';

const SETTINGS = [
  'seed',
  'batchSize',
  'templates',
  'sampling',
  'attribution',
  'ablation',
  'bootstrap',
] as const;

type AttributeContext = Context<(typeof SETTINGS)[number], 'model' | 'form' | 'saes'>;

/**
 * Attribute the end of each list to SAE features. The metric is either proxy: the logit of the event `end` minus that
 * of `again`, at the list's last item or at that item's newline. Of the mapped proxy, also attribute the difference that
 * the prompt's qualifier makes, and measure the exact effects of the features to which most is attributed.
 */
export const attributeStage = defineStage({
  name: '6-attribute',
  source: import.meta.url,
  settings: SETTINGS,
  needs: ['model', 'form', 'saes'],
  reads: [completions, items],
  writes: [
    attributions,
    tokenAttributions,
    attributionSums,
    featureAttributions,
    featureSummary,
    swapAttributions,
    activeFeatures,
    exactEffects,
    attributionAgreement,
  ],
  divided: 'SAEs, where attribution is integrated',

  graphs: ({ study: { attribution }, model, saes: all, longest, lists }) => {
    const { templates, method, exact } = attribution;
    const saes = chosenSaes(all, attribution.saes);
    const tokens = longestOf(templates, longest);
    const sequences = listCounts(templates, lists).all;
    const uses = method === 'integrated' ? integrationUses : attributionUses;
    const paths = pathsOf(attribution);
    const measured = exact === undefined ? 0 : sequences * paths.length * 4 * exact.cells;
    return [
      ...uses(model, saes, { tokens, sequences, paths }),
      ...(measured === 0 ? [] : deepestOfEachShape(saes)).flatMap((sae) =>
        editedMetricUses(model, sae, { tokens, sequences: measured }),
      ),
    ];
  },

  async run(context) {
    const { study, form, saes, read, write, keepMany, divide, spool, progress } = context;
    const { attribution, sampling } = study;
    const all = await read(completions);
    const lists = listsAtTemperature(all, sampling.temperature, attribution.templates);
    const passes = passesOf(study, lists, lastItemByList(await read(items)), form);
    const chosen = chosenSaes(saes, attribution.saes);
    const setting = {
      reader: readerOf(context),
      attribution,
      topOfPart: greatestDose(study.ablation),
      listOf: listsById(lists),
      keepMany,
      spool,
      onProgress: (done: number, total: number) => progress(done, total, 'lists'),
    };
    // By the plain gradient, one pass of a batch serves all SAEs.
    await divide(isIntegrated(attribution) ? chosen : [], async (own) => {
      const cells: ChosenCell[] = [];
      const onFound = (found: Iterable<Attributed>) => {
        for (const ofList of found) cells.push(...ofList.cells);
      };
      await attributeLists({ ...setting, onFound }, own, passes);
      await measureEffects(context, own, { cells, passes });
    });
    for (const table of PER_LIST) write(table, []);
    write(featureSummary, []);
    const [cells, mappedSums]: [ChosenCell[], AttributionTables['sums']] = [[], []];
    const onFound = (found: Iterable<Attributed>) => {
      for (const ofList of found) {
        writeList(write, ofList);
        cells.push(...ofList.cells);
        mappedSums.push(...ofList.sums.filter(({ metric }) => metric === MAPPED_PROXY));
      }
      write(featureSummary, summarise(found, lists, study));
    };
    await attributeLists({ ...setting, onFound }, chosen, passes);
    const effects = await measureEffects(context, chosen, { cells, passes });
    write(exactEffects, effects);
    const measured = { effects, sums: mappedSums, listOf: listsById(lists) };
    write(attributionAgreement, agreementRows(measured, study));
  },
});

/** Tables with rows of each list, written as the lists are attributed. */
const PER_LIST = [
  attributions,
  tokenAttributions,
  attributionSums,
  featureAttributions,
  swapAttributions,
  activeFeatures,
];

function writeList(write: TableAccess['write'], found: AttributionTables): void {
  write(attributions, found.attributions);
  write(tokenAttributions, found.tokens);
  write(attributionSums, found.sums);
  write(featureAttributions, found.features);
  write(swapAttributions, found.swaps);
  write(activeFeatures, found.pool);
}

/** The exact effects of the chosen features, SAE by SAE. */
async function measureEffects(
  context: AttributeContext,
  saes: readonly SaeFile[],
  {
    cells: chosen,
    passes,
  }: { readonly cells: readonly ChosenCell[]; readonly passes: readonly Pass[] },
): Promise<ExactEffectRow[]> {
  const { study, keep, progress } = context;
  const pass = passes.find(({ metric }) => metric === MAPPED_PROXY)!;
  const { method = 'gradient' } = study.attribution;
  const cellsOf = Map.groupBy(chosen, ({ sae_id }) => sae_id);
  const rows: ExactEffectRow[] = [];
  let done = 0;
  for (const sae of saes) {
    const cells = cellsOf.get(sae.id) ?? [];
    const measure = () => exactRows(readerOf(context), sae, cells, { pass, method });
    rows.push(...(await keep(`exact-${sae.id}`, measure)));
    done += cells.length;
    progress(done, chosen.length, 'exact effects');
  }
  return rows;
}

/** The largest number of features that `8-ablate` zeroes at once. */
const greatestDose = ({ k, doses }: Settings['ablation']): number => Math.max(k, ...doses);
