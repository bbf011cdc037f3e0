import { attributeSaes, attributionUses } from '../interp/attribution/attribute-saes.ts';
import { attributeSwaps, swapUses } from '../interp/attribution/attribute-swaps.ts';
import { MAPPED_PROXY, tokenPairOf } from '../lists/proxies.ts';
import { attributionSums } from '../schema/attribution-sums.ts';
import { attributions } from '../schema/attributions.ts';
import { completions } from '../schema/completions.ts';
import { featureAttributions } from '../schema/feature-attributions.ts';
import { featureSummary } from '../schema/feature-summary.ts';
import { items } from '../schema/items.ts';
import { PROXY_NAMES } from '../schema/proxies.ts';
import { type SwapAttributionRow, swapAttributions } from '../schema/swap-attributions.ts';
import { tokenAttributions } from '../schema/token-attributions.ts';
import type { Settings } from '../study/study.ts';
import { readingsOf } from './attribute/readings.ts';
import { type AttributionTables, appendRows } from './attribute/rows.ts';
import { summarise } from './attribute/summary.ts';
import { swapRows, withSwaps } from './attribute/swaps.ts';
import { type Context, defineStage } from './define.ts';
import { listCounts, longestOf } from './extent.ts';
import { type ListRow, lastItemByList, listsAtTemperature, listsById } from './lists-by-id.ts';
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

/**
 * Attribute the end of each list to SAE features. The metric is either proxy: the logit of the event `end` minus that
 * of `again`, at the list's last item or at that item's newline. Of the mapped proxy, also attribute the difference that
 * the prompt's qualifier makes.
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
  ],

  graphs: ({ study, model, saes, longest, lists }) => {
    const { templates, top } = study.attribution;
    const tokens = longestOf(templates, longest);
    const sequences = listCounts(templates, lists).all;
    const topOfPart = greatestDose(study.ablation);
    return [
      ...attributionUses(model, saes, { tokens, sequences, top, topOfPart }),
      ...swapUses(saes, { tokens, sequences, top: topOfPart }),
    ];
  },

  async run(context) {
    const { study, form, saes, read, write, progress } = context;
    const { templates, top } = study.attribution;
    const { temperature } = study.sampling;
    const lists = listsAtTemperature(await read(completions), temperature, templates);
    const lastItems = lastItemByList(await read(items));
    const out: AttributionTables = { attributions: [], tokens: [], sums: [], features: [] };
    const total = (PROXY_NAMES.length + 1) * lists.length;
    for (const [pass, metric] of PROXY_NAMES.entries()) {
      const readings = readingsOf(lists, lastItems, metric, tokenPairOf(form.events, metric));
      await attributeSaes(readerOf(context), saes, readings, {
        top,
        topOfPart: greatestDose(study.ablation),
        onRows: ({ sae, first, rows }) => {
          for (const [i, row] of rows.entries()) {
            const { sample_id, metricPos } = readings[first + i]!;
            appendRows(out, { sample_id, sae_id: sae.id, metric }, row, metricPos);
          }
        },
        onProgress: (done) => progress(pass * lists.length + done, total, 'lists'),
      });
    }
    write(attributions, out.attributions);
    write(tokenAttributions, out.tokens);
    write(attributionSums, out.sums);
    write(featureAttributions, out.features);
    write(featureSummary, summarise(out, lists, study));
    const finished = PROXY_NAMES.length * lists.length;
    const onProgress = (done: number) => progress(finished + done, total, 'lists');
    write(swapAttributions, await swapAttributionRows(context, lists, lastItems, onProgress));
  },
});

/** Attribute the difference that the qualifier of each list's prompt makes to the mapped proxy. */
async function swapAttributionRows(
  context: Context<(typeof SETTINGS)[number], 'model' | 'form' | 'saes'>,
  lists: readonly ListRow[],
  lastItems: ReturnType<typeof lastItemByList>,
  onProgress: (done: number) => void,
): Promise<SwapAttributionRow[]> {
  const { study, form, saes } = context;
  const pair = tokenPairOf(form.events, MAPPED_PROXY);
  const clean = readingsOf(lists, lastItems, MAPPED_PROXY, pair);
  const readings = withSwaps(clean, listsById(lists), study.templates, form);
  const out: SwapAttributionRow[] = [];
  await attributeSwaps(readerOf(context), saes, readings, {
    top: greatestDose(study.ablation),
    onRows: (sae, first, rows) => {
      for (const [i, row] of rows.entries())
        out.push(...swapRows({ sample_id: readings[first + i]!.sample_id, sae_id: sae.id }, row));
    },
    onProgress,
  });
  return out;
}

/** The largest number of features that `8-ablate` zeroes at once. */
const greatestDose = ({ k, doses }: Settings['ablation']): number => Math.max(k, ...doses);
