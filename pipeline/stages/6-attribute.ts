import { attributeSaes, attributionUses } from '../interp/attribution/attribute-saes.ts';
import { tokenPairOf } from '../lists/proxies.ts';
import { attributionSums } from '../schema/attribution-sums.ts';
import { attributions } from '../schema/attributions.ts';
import { completions } from '../schema/completions.ts';
import { featureAttributions } from '../schema/feature-attributions.ts';
import { featureSummary } from '../schema/feature-summary.ts';
import { items } from '../schema/items.ts';
import { PROXY_NAMES } from '../schema/proxies.ts';
import { tokenAttributions } from '../schema/token-attributions.ts';
import type { Settings } from '../study/study.ts';
import { readingsOf } from './attribute/readings.ts';
import { type AttributionTables, appendRows } from './attribute/rows.ts';
import { summarise } from './attribute/summary.ts';
import { defineStage } from './define.ts';
import { listCounts, longestOf } from './extent.ts';
import { lastItemByList, listsAtTemperature } from './lists-by-id.ts';
import { readerOf } from './reader.ts';

/**
 * Attribute the end of each list to SAE features. The metric is either proxy: the logit of the event `end` minus that
 * of `again`, at the list's last item or at that item's newline.
 */
export const attributeStage = defineStage({
  name: '6-attribute',
  source: import.meta.url,
  settings: ['seed', 'batchSize', 'sampling', 'attribution', 'ablation', 'bootstrap'],
  needs: ['model', 'form', 'saes'],
  reads: [completions, items],
  writes: [attributions, tokenAttributions, attributionSums, featureAttributions, featureSummary],

  graphs: ({ study, model, saes, longest, lists }) => {
    const { templates, top } = study.attribution;
    return attributionUses(model, saes, {
      tokens: longestOf(templates, longest),
      sequences: listCounts(templates, lists).all,
      top,
      topOfPart: greatestDose(study.ablation),
    });
  },

  async run(context) {
    const { study, form, saes, read, write, progress } = context;
    const { templates, top } = study.attribution;
    const { temperature } = study.sampling;
    const lists = listsAtTemperature(await read(completions), temperature, templates);
    const lastItems = lastItemByList(await read(items));
    const out: AttributionTables = { attributions: [], tokens: [], sums: [], features: [] };
    const total = PROXY_NAMES.length * lists.length;
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
  },
});

/** The largest number of features that `8-ablate` zeroes at once. */
const greatestDose = ({ k, doses }: Settings['ablation']): number => Math.max(k, ...doses);
