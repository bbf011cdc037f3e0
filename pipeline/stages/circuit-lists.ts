import { limitBatch } from '../graph/graph-use.ts';
import { circuitUses } from '../interp/circuit/circuit-uses.ts';
import { meanActivations } from '../interp/circuit/mean-acts.ts';
import { splicedModel } from '../interp/circuit/spliced-model.ts';
import { atGenerationBatch, generationUse } from '../runtime/generation-memory.ts';
import { circuitListEffects, circuitLists } from '../schema/circuit-lists.ts';
import { completions } from '../schema/completions.ts';
import { graphAverageNodes } from '../schema/graph-average.ts';
import { items } from '../schema/items.ts';
import { transcodersByLayer } from './circuits/by-layer.ts';
import { circuitFeatures, gatesOf, randomLike } from './circuits/circuit-features.ts';
import { decisionsOf } from './circuits/decisions.ts';
import { listEffectRows } from './circuits/list-effects.ts';
import { type CircuitVariant, writeCircuitLists } from './circuits/write-circuit-lists.ts';
import { defineStage } from './define.ts';
import { listCounts, longestOf } from './extent.ts';
import { groupByList, listsAtTemperature } from './lists-by-id.ts';
import { readerOf } from './reader.ts';

/**
 * Does the circuit write lists that end? The lists of the traced decisions are written again with the most influential features
 * of the average graph alone, and without them, at every position; beside as many random features.
 */
export const circuitListsStage = defineStage({
  name: 'circuit-lists',
  source: import.meta.url,
  settings: ['seed', 'batchSize', 'templates', 'sampling', 'circuits', 'bootstrap'],
  needs: ['model', 'form', 'transcoders'],
  reads: [completions, items, graphAverageNodes],
  writes: [circuitLists, circuitListEffects],
  divided: 'edits of whole circuits',

  graphs: ({ study, provider, model, uncounted, transcoders, longest, lists }) => {
    const { template, written } = study.circuits;
    const list = longest.prompt + study.templates[template].maxNewTokens;
    const byLayer = transcodersByLayer(transcoders, model.dims.nLayers);
    const spliced = splicedModel(model, byLayer, uncounted);
    const use = generationUse(spliced, provider, { prompt: longest.prompt, list });
    const sequences = listCounts([template], lists).all * written.draws;
    return [
      ...circuitUses(model, byLayer, longestOf([template], longest)).slice(0, 2),
      atGenerationBatch(limitBatch(sequences, use)),
    ];
  },

  async run(context) {
    const { study, form, read, write, keep, divide, progress } = context;
    const all = listsAtTemperature(await read(completions), study.sampling.temperature);
    const decisions = decisionsOf(all, groupByList(await read(items)), study, form);
    const chosen = circuitFeatures(await read(graphAverageNodes));
    const lists = decisions.map(({ list }) => list);
    if (lists.length === 0) {
      write(circuitLists, []);
      write(circuitListEffects, []);
      return;
    }
    const reader = readerOf(context);
    const files = transcodersByLayer(context.transcoders, reader.model.dims.nLayers);
    const means = await meanActivations(reader, files, decisions);
    const transcoders = await Promise.all(files.map((file) => (file ? file.load() : null)));
    const { features: counts, draws } = study.circuits.written;
    const noises = Array.from({ length: draws }, (_, draw) => draw);
    const variants: Omit<CircuitVariant, 'number'>[] = [
      { arm: 'baseline', nFeatures: null, draws: noises, gates: null },
      ...counts.flatMap((count) => {
        const features = chosen.slice(0, count);
        const gates = (are: 'kept' | 'removed', of = features) =>
          gatesOf(transcoders, means, of, are);
        const of = { nFeatures: features.length, draws: noises };
        return [
          { arm: 'removed' as const, ...of, gates: gates('removed') },
          { arm: 'kept' as const, ...of, gates: gates('kept') },
          ...noises.flatMap((draw) => {
            const key = `random circuit ${count} ${draw}`;
            const random = randomLike(features, means, { seed: study.seed, key });
            const ofDraw = { nFeatures: features.length, draws: [draw] };
            return [
              { arm: 'random removed' as const, ...ofDraw, gates: gates('removed', random) },
              { arm: 'random kept' as const, ...ofDraw, gates: gates('kept', random) },
            ];
          }),
        ];
      }),
    ];
    const setting = { reader, form, transcoders, study, lists, keep, progress };
    const numbered = variants.map((variant, number) => ({ ...variant, number }));
    await divide(numbered, (own) => writeCircuitLists(setting, own));
    const written = await writeCircuitLists(setting, numbered);
    const topics = new Map(lists.map(({ sample_id, topic }) => [sample_id, topic]));
    write(circuitLists, written);
    write(
      circuitListEffects,
      listEffectRows(written, (id) => topics.get(id)!, study),
    );
  },
});
