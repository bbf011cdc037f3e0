import { attributeSaes, attributionUses } from '../interp/attribution/attribute-saes.ts';
import { PROXIES, pairOf } from '../lists/proxies.ts';
import { attributionSums } from '../schema/attribution-sums.ts';
import { attributions } from '../schema/attributions.ts';
import { completions } from '../schema/completions.ts';
import { featureAttributions } from '../schema/feature-attributions.ts';
import { featureSummary } from '../schema/feature-summary.ts';
import { items } from '../schema/items.ts';
import { PROXY_NAMES, type ProxyName } from '../schema/proxies.ts';
import { tokenAttributions } from '../schema/token-attributions.ts';
import type { Settings } from '../study/study.ts';
import { type AttributionTables, record } from './attribute/rows.ts';
import { summarise } from './attribute/summary.ts';
import { defineStage } from './define.ts';
import { listCounts, longestOf } from './extent.ts';
import {
  type ItemRow,
  type ListRow,
  lastItemByList,
  listsAtTemperature,
  prefixLength,
} from './lists-by-id.ts';
import { readerOf } from './reader.ts';

/**
 * Attribute the end of each list to features, by both proxies: the event `end` rather than `again`, after its last item
 * and after that item's newline.
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
    const lists = listsAtTemperature(
      await read(completions),
      study.sampling.temperature,
      templates,
    );
    const lastItem = lastItemByList(await read(items));
    const out: AttributionTables = { attributions: [], tokens: [], sums: [], features: [] };
    for (const [pass, name] of PROXY_NAMES.entries()) {
      const pair = pairOf(form.events, name);
      const readings = lists.flatMap((list) =>
        readingOf(list, lastItem.get(list.sample_id), name, pair),
      );
      await attributeSaes(readerOf(context), saes, readings, {
        top,
        topOfPart: greatestDose(study.ablation),
        onRows: ({ sae, first, rows }) => {
          for (const [i, row] of rows.entries()) {
            const { sample_id, metricPos } = readings[first + i]!;
            record(out, { sample_id, sae_id: sae.id, metric: name }, row, metricPos);
          }
        },
        onProgress: (done) =>
          progress(pass * lists.length + done, PROXY_NAMES.length * lists.length, 'lists'),
      });
    }
    write(attributions, out.attributions);
    write(tokenAttributions, out.tokens);
    write(attributionSums, out.sums);
    write(featureAttributions, out.features);
    write(featureSummary, summarise(out, lists, study));
  },
});

/** None where the list did not end, or its last item has no newline. */
function readingOf(
  { sample_id, token_ids, n_prompt_tokens }: ListRow,
  item: ItemRow | undefined,
  name: ProxyName,
  pair: readonly [number, number],
) {
  const metricPos = item?.[PROXIES[name].column] ?? null;
  if (item === undefined || metricPos === null) return [];
  const lengths = { prompt: n_prompt_tokens, prefix: prefixLength(item) };
  return [{ sample_id, ids: token_ids, metricPos, pair, lengths }];
}

const greatestDose = ({ k, doses }: Settings['ablation']): number => Math.max(k, ...doses);
