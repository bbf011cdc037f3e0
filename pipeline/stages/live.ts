import { limitBatch } from '../graph/graph-use.ts';
import { featureGraph } from '../interp/active-features.ts';
import { residualUse, steeringHook } from '../interp/steering.ts';
import { liveStepGraph } from '../live/step-graph.ts';
import { atGenerationBatch, generationUse } from '../runtime/generation-memory.ts';
import { ablationEffects } from '../schema/ablation-effects.ts';
import { baselineEffects } from '../schema/baseline-effects.ts';
import { completions } from '../schema/completions.ts';
import { explanations } from '../schema/explanations.ts';
import { items } from '../schema/items.ts';
import { LIVE_PARTS, type LiveModel, liveLists, liveParts } from '../schema/live.ts';
import { readTargets } from './ablate/target-lists.ts';
import { readVectors } from './baselines/vectors.ts';
import { defineStage } from './define.ts';
import { listCounts, longestList, mostItems } from './extent.ts';
import { listsAtTemperature } from './lists-by-id.ts';
import { chooseLayer, chooseSae, labelledFeatures } from './live/choices.ts';
import { livePart } from './live/graphs.ts';
import { writeLiveLists } from './live/lists.ts';
import {
  featuresPart,
  processPart,
  promptsPart,
  settingPart,
  steeringPart,
  vocabularyPart,
} from './live/parts.ts';
import { readerOf } from './reader.ts';

/** The template whose words the study swaps: its lists are those that are edited. */
const TEMPLATE = 'short';

/**
 * What the page try/ runs in a reader's browser: the graphs of generation and of feature activations, prompts, vocabulary, the SAE
 * whose edits lengthen lists most with its labelled features, and the steering vector that does. Each list that the page may
 * be compared with is written, too, as it was sampled and with these features at zero. Where no list has an end to edit, the tables have no rows.
 */
export const liveStage = defineStage({
  name: 'live',
  source: import.meta.url,
  settings: [
    'seed',
    'batchSize',
    'topics',
    'templates',
    'sampling',
    'attribution',
    'ablation',
    'baselines',
  ],
  needs: ['model', 'form', 'saes', 'process'],
  reads: [completions, items, explanations, ablationEffects, baselineEffects],
  writes: [liveParts, liveLists],

  graphs: ({ provider, model, uncounted, longest, lists }) => {
    const { all, largest } = listCounts([TEMPLATE], lists);
    const length = { prompt: longest.prompt, list: longestList(longest) };
    const steerAt = { hook: steeringHook(model.dims.nLayers - 1), from: uncounted };
    return [
      residualUse(model, {
        tokens: length.list,
        positions: mostItems(length.list),
        sequences: all,
      }),
      atGenerationBatch(limitBatch(largest, generationUse(model, provider, length, { steerAt }))),
    ];
  },

  async run(context) {
    const { study, form, saes, process, read, write } = context;
    const reader = readerOf(context);
    const setting = { study, reader, form };
    const lists = await read(completions);
    const targets = (await readTargets(context)).filter(({ list }) => list.template === TEMPLATE);
    const [cell] = await readVectors(setting, targets, { lists, items: await read(items) });
    if (cell === undefined) {
      write(liveParts, []);
      write(liveLists, []);
      return;
    }
    const sae = await chooseSae(saes, await read(ablationEffects), study.ablation).load();
    const layer = chooseLayer(await read(baselineEffects), reader.model.dims);
    const steerAt = { hook: steeringHook(layer), from: reader.uncounted };
    const step = liveStepGraph(reader.model, { hook: sae.outputHook, steerAt });
    const parts: LiveModel = {
      setting: settingPart(setting),
      vocabulary: vocabularyPart(form.tokenizer),
      prompts: promptsPart(study, form),
      process: processPart(process),
      features: featuresPart(sae, labelledFeatures(await read(explanations), sae.id)),
      steering: steeringPart(cell, layer, study.baselines),
      step: livePart(step),
      activations: livePart(featureGraph(reader.model, sae)),
    };
    write(
      liveParts,
      LIVE_PARTS.map((part) => ({ part, content: JSON.stringify(parts[part]) })),
    );
    const sampled = listsAtTemperature(lists, study.sampling.temperature, [TEMPLATE]);
    write(liveLists, await writeLiveLists(setting, { sae, step, parts, lists: sampled }));
  },
});
