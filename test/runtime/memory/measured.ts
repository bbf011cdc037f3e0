import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { GraphUse } from '../../../pipeline/graph/graph-use.ts';
import { largestMemoryUse, totalUse } from '../../../pipeline/graph/memory-use.ts';
import {
  attributeSaes,
  attributionUses,
} from '../../../pipeline/interp/attribution/attribute-saes.ts';
import { nextToken, nextTokenUse } from '../../../pipeline/interp/next-token.ts';
import type { Model } from '../../../pipeline/models/model.ts';
import { watchMemory } from '../../../pipeline/rehearsal/memory-watch.ts';
import { openSae } from '../../../pipeline/sae/open-sae.ts';
import { GEMMA_SCOPE } from '../../../pipeline/sae/releases/gemma-scope.ts';
import { loadModel } from '../../../pipeline/subjects/load-model.ts';
import { cpuReader } from '../../reader.ts';

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

const SAES = fileURLToPath(new URL('../../../data/models/miniature-saes/res', import.meta.url));
/** The shallowest: its gradient runs through all layers. */
const saesOf = async () => [
  await openSae({ release: GEMMA_SCOPE, dirs: { res: SAES }, width: '384' }, 'res_0'),
];

const reader = (model: Model) => cpuReader(model, { batchSize: ROWS });
const extent = { tokens: LENGTH, sequences: ROWS };
const tops = { top: 1, topOfPart: 1 };

/** Work of two kinds, each with what it is planned to need. */
export const WORK: Readonly<Record<string, Work>> = {
  'next token': {
    run: (model) =>
      nextToken(
        reader(model),
        sequences(model).map((ids) => ({ ids })),
        { watch: [1, 2] },
      ),
    planned: (model) => planned(model, nextTokenUse(model, { ...extent, watched: 2 })),
  },
  gradient: {
    run: async (model) => {
      const readings = sequences(model).map((ids) => {
        const lengths = { prompt: 1, prefix: 2 };
        return { ids, metricPos: LENGTH - 1, pair: [1, 2] as const, lengths };
      });
      const passes = [{ path: 'zero', readings }] as const;
      await attributeSaes(reader(model), await saesOf(), passes, { ...tops, onRows: () => {} });
    },
    planned: async (model) => {
      const uses = attributionUses(model, await saesOf(), { ...extent, paths: ['zero'] });
      return planned(model, uses.find(({ name }) => name === 'gradient')!);
    },
  },
};

const planned = (model: Model, { graph, sizes }: GraphUse) =>
  totalUse(largestMemoryUse(graph(), sizes(ROWS), model.dims.dVocab));

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
