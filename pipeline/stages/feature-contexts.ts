import { activationUses, featureActivations } from '../interp/feature-activations.ts';
import { completions } from '../schema/completions.ts';
import { featureContexts } from '../schema/feature-contexts.ts';
import { featureHistograms } from '../schema/feature-histograms.ts';
import { featurePlaces } from '../schema/feature-places.ts';
import { features } from '../schema/features.ts';
import { items } from '../schema/items.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { tokens } from '../schema/tokens.ts';
import { defineStage } from './define.ts';
import { listCounts, longestList } from './extent.ts';
import { addList, startActivity } from './feature-contexts/feature-activity.ts';
import { contextRows, histogramRows, placeRows } from './feature-contexts/rows.ts';
import { countPlaces, startPlaces } from './feature-contexts/token-places.ts';
import { listsAtTemperature } from './lists-by-id.ts';
import { readerOf } from './reader.ts';

/** Contexts kept for each feature, and tokens shown before and after the peak activation. */
const CONTEXTS = { contexts: 5, before: 10, after: 4 };

/** Find where the attributed features are active in the study's own lists. */
export const featureContextsStage = defineStage({
  name: 'feature-contexts',
  source: import.meta.url,
  settings: ['sampling', 'batchSize'],
  needs: ['model', 'saes'],
  reads: [completions, items, tokens, features],
  writes: [featureContexts, featureHistograms, featurePlaces],

  graphs: ({ model, saes, longest, lists }) =>
    activationUses(model, saes, {
      tokens: longestList(longest),
      sequences: listCounts(TEMPLATES, lists).all,
    }),

  async run(context) {
    const { study, saes, read, readParts, write, progress } = context;
    const reader = readerOf(context);
    const lists = listsAtTemperature(await read(completions), study.sampling.temperature);
    const placed = startPlaces(lists, await read(items));
    await readParts(tokens, placed.add);
    const places = placed.byList;
    const rowsOf = Map.groupBy(await read(features), ({ sae_id }) => sae_id);
    const chosen = saes
      .filter(({ id }) => rowsOf.has(id))
      .map((sae) => ({ sae, features: rowsOf.get(sae.id)!.map(({ feature }) => feature) }));
    const activities = new Map(
      chosen.map(({ sae, features }) => [sae.id, features.map((f) => startActivity(sae.id, f))]),
    );
    const options = { ...CONTEXTS, uncounted: reader.uncounted };
    const sequences = lists.map(({ token_ids }) => ({ ids: token_ids }));
    await featureActivations(reader, chosen, sequences, {
      onRow: ({ sae, sequence, acts }) => {
        const { sample_id, token_ids } = lists[sequence]!;
        const list = { sampleId: sample_id, ids: token_ids, places: places.get(sample_id)! };
        addList(activities.get(sae.id)!, list, acts, options);
      },
      onProgress: (done) => progress(done, lists.length, 'lists'),
    });
    const all = [...activities.values()].flat();
    const placeCounts = countPlaces([...places.values()], reader.uncounted);
    for (const table of [featureContexts, featureHistograms, featurePlaces]) write(table, []);
    for (const activity of all) {
      write(featureContexts, contextRows(activity));
      write(featureHistograms, histogramRows(activity));
      write(featurePlaces, placeRows(activity, placeCounts));
    }
  },
});
