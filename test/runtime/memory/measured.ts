import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Graph } from '../../../pipeline/graph/builder.ts';
import type { Sizes } from '../../../pipeline/graph/graph-use.ts';
import { totalUse, useOf } from '../../../pipeline/graph/memory-use.ts';
import { attributeSaes, gradientGraph } from '../../../pipeline/interp/attribute-saes.ts';
import { nextToken, nextTokenGraph } from '../../../pipeline/interp/next-token.ts';
import { loadModel, type Model } from '../../../pipeline/models/model.ts';
import { watchMemory } from '../../../pipeline/rehearsal/memory-watch.ts';
import { openSae } from '../../../pipeline/sae/open-sae.ts';
import { GEMMA_SCOPE } from '../../../pipeline/sae/releases/gemma-scope.ts';

/** Sequences and tokens: so many that they outweigh everything else in the process. */
const [ROWS, LENGTH] = [100, 80];

const sequences = (model: Model): number[][] =>
  Array.from({ length: ROWS }, (_, row) =>
    Array.from({ length: LENGTH }, (_, pos) => (row * 61 + pos * 37 + 1) % model.dims.dVocab),
  );

const TIMES = 4;

interface Work {
  run(model: Model): Promise<unknown>;
  /** Bytes. */
  planned(model: Model): number | Promise<number>;
}

const provider = 'cpu';
const SAES = fileURLToPath(new URL('../../../data/models/miniature-saes/res', import.meta.url));
/** The shallowest: its gradient runs through all layers. */
const saesOf = async () => [
  await openSae({ release: GEMMA_SCOPE, dirs: { res: SAES }, width: '384' }, 'res_0'),
];

/** Work of two kinds, each with what it is planned to need. */
export const WORK: Readonly<Record<string, Work>> = {
  'next token': {
    run: (model) =>
      nextToken(
        model,
        sequences(model).map((ids) => ({ ids })),
        { provider, watch: [1, 2], batchSize: ROWS },
      ),
    planned: (model) => planned(model, nextTokenGraph(model), { B: ROWS, T: LENGTH, W: 2 }),
  },
  gradient: {
    run: async (model) => {
      const readings = sequences(model).map((ids) => {
        const lengths = { prompt: 1, prefix: 2 };
        return { ids, metricPos: LENGTH - 1, pair: [1, 2] as const, lengths };
      });
      const tops = { top: 1, topOfPart: 1 };
      await attributeSaes(
        model,
        await saesOf(),
        readings,
        { provider, batchSize: ROWS, ...tops },
        () => {},
      );
    },
    planned: async (model) =>
      planned(model, gradientGraph(model, await saesOf()), { B: ROWS, T: LENGTH }),
  },
};

const planned = (model: Model, graph: Graph, sizes: Sizes | readonly Sizes[]) =>
  totalUse(useOf(graph, sizes, model.dims.dVocab));

if (import.meta.main) {
  const [dir, name] = process.argv.slice(2) as [string, string];
  const model = loadModel(dir);
  const watch = watchMemory();
  while (watch.peak().anonymous === 0) await setTimeout(20);
  await setTimeout(100);
  const before = watch.peak().anonymous;
  // A watch that has to share its core can miss the moment of the peak; not each time.
  for (let time = 0; time < TIMES; time++) await WORK[name]!.run(model);
  const bytes = watch.peak().anonymous - before;
  await watch.stop();
  process.stdout.write(String(bytes));
}
