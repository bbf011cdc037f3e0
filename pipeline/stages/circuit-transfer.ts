import { circuitUses } from '../interp/circuit/circuit-uses.ts';
import { meanActivations } from '../interp/circuit/mean-acts.ts';
import { circuitTransfer } from '../schema/circuit-transfer.ts';
import { completions } from '../schema/completions.ts';
import { graphAverageNodes } from '../schema/graph-average.ts';
import { items } from '../schema/items.ts';
import { transcodersByLayer } from './circuits/by-layer.ts';
import { circuitFeatures, randomLike } from './circuits/circuit-features.ts';
import { decisionsOf } from './circuits/decisions.ts';
import { measureRemovals, type RemovedFeatures, transferRows } from './circuits/transfer.ts';
import { defineStage } from './define.ts';
import { longestOf } from './extent.ts';
import { groupByList, listsAtTemperature } from './lists-by-id.ts';
import { readerOf } from './reader.ts';

/**
 * Is it the same circuit that decides in another study's lists? The most influential features of the other study's average graph
 * are set to their means in this study's decisions, beside as many of its own and as many at random.
 */
export const circuitTransferStage = defineStage({
  name: 'circuit-transfer',
  source: import.meta.url,
  settings: ['seed', 'batchSize', 'templates', 'sampling', 'circuits', 'bootstrap'],
  needs: ['model', 'form', 'transcoders', 'otherCircuit'],
  reads: [completions, items, graphAverageNodes],
  writes: [circuitTransfer],

  graphs: ({ study, model, transcoders, longest }) =>
    circuitUses(
      model,
      transcodersByLayer(transcoders, model.dims.nLayers),
      longestOf([study.circuits.template], longest),
    ),

  async run(context) {
    const { study, form, otherCircuit, read, write, progress } = context;
    const all = listsAtTemperature(await read(completions), study.sampling.temperature);
    const decisions = decisionsOf(all, groupByList(await read(items)), study, form);
    if (decisions.length === 0) return write(circuitTransfer, []);
    const reader = readerOf(context);
    const files = transcodersByLayer(context.transcoders, reader.model.dims.nLayers);
    const means = await meanActivations(reader, files, decisions);
    const own = circuitFeatures(await read(graphAverageNodes));
    const other = circuitFeatures(otherCircuit.nodes);
    const { features: counts, draws } = study.circuits.written;
    const removed = counts.flatMap((count): RemovedFeatures[] => {
      const first = own.slice(0, count);
      return [
        { kind: 'own', count, features: first },
        { kind: 'other', count, features: other.slice(0, count) },
        ...Array.from({ length: draws }, (_, draw): RemovedFeatures => {
          const key = `random circuit ${count} ${draw}`;
          return {
            kind: 'random',
            count,
            features: randomLike(first, means, { seed: study.seed, key }),
          };
        }),
      ];
    });
    const transcoders = await Promise.all(files.map((file) => (file ? file.load() : null)));
    const changes = await measureRemovals({ reader, form, transcoders, means }, decisions, {
      removed,
      onProgress: (done) => progress(done, decisions.length, 'lists'),
    });
    write(circuitTransfer, transferRows(changes, removed, otherCircuit.study, study));
  },
});
