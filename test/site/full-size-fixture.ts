import { join } from 'node:path';
import type { MemoryUse } from '../../pipeline/graph/memory-use.ts';
import { type StageCost, writeReport } from '../../pipeline/rehearsal/report.ts';

const NOTHING: MemoryUse = {
  weights: 0,
  cache: 0,
  activations: 0,
  gradients: 0,
  sae: 0,
  logits: 0,
};
const GB = 1e9;

/** A rehearsal that took round numbers, and a plan of them, as the pipeline writes such a file into `dir`. */
export function writeFullSize(dir: string): string {
  const path = join(dir, 'full-size.csv');
  writeReport(path, [
    { setting: REHEARSAL, costs: STAGES.map(measured) },
    { setting: GPU, costs: STAGES.map((plan) => ({ plan, measured: null })) },
  ]);
  return path;
}

const REHEARSAL = {
  study: 'rehearsal',
  provider: 'cpu',
  machine: '2 cores (a "test"), 10 GiB',
} as const;
const GPU = { study: 'gemma-2-2b-it', provider: 'cuda', machine: 'a GPU of 24 GB' } as const;

const STAGES: readonly StageCost['plan'][] = [
  {
    stage: '1-generate',
    batchSize: 4,
    graph: 'step',
    use: { ...NOTHING, weights: 10 * GB, cache: GB, activations: GB / 2, logits: GB / 2 },
  },
  { stage: '2-explore', batchSize: null, graph: null, use: NOTHING },
  {
    stage: '6-attribute',
    batchSize: 1,
    graph: 'gradients, all "hooks"',
    use: { ...NOTHING, weights: 10 * GB, activations: GB, gradients: 2 * GB, sae: GB },
  },
];

/** A process without a graph has 1 GB. */
const PEAKS = [12, 1, 14];

const measured = (plan: StageCost['plan'], i: number): StageCost => ({
  plan,
  measured: { seconds: 60 * (i + 1), peak: { anonymous: (2 + i) * GB, total: PEAKS[i]! * GB } },
});
