import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { logitDiff, metricFeeds } from '../../pipeline/interp/logit-diff.ts';
import { type EditedReading, measureMetric } from '../../pipeline/interp/measured-metric.ts';
import { forward } from '../../pipeline/models/forward.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { additionEdit, additionFeeds, hookWidth } from '../../pipeline/runtime/intervention.ts';
import { floats } from '../../pipeline/runtime/outputs.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { MINIATURE, tokenizer } from '../miniature/miniature.ts';
import { cpuReader } from '../reader.ts';

const model = loadModel(MINIATURE);
const pair = [' ', '\n'].map(tokenizer.id) as [number, number];
const sequences = ['Colors', 'Types of Trees', 'Ocean'].map((topic) =>
  tokenizer.encode(`${tokenizer.chatPrompt(`Provide me with a short list of ${topic}.`)}- A`),
);
const LAST = model.dims.nLayers - 1;

/** One of each kind: before and after the attention pattern of its layer, in the first and the last layer. */
const HOOKS = [
  'blocks.0.ln1.output',
  'blocks.0.attn.hook_z',
  'blocks.1.hook_resid_post',
  'blocks.2.attn.hook_q',
  'blocks.2.hook_mlp_out',
  `blocks.${LAST}.attn.hook_v`,
  `blocks.${LAST}.hook_resid_post`,
];

/** The metric by the whole model, each reading alone. */
async function wholeModel(hook: string, readings: readonly EditedReading[]): Promise<number[]> {
  const graph = new Graph();
  graph.output(
    'metric',
    logitDiff(model, graph, forward(model, graph, { edit: additionEdit(hook) })),
  );
  await using session = await openSession(graph, { provider: 'cpu' });
  const metrics: number[] = [];
  for (const reading of readings) {
    const batch = padLeft([reading.ids]);
    const found = await session.run({
      ...batch.feeds,
      ...metricFeeds([reading], batch),
      ...additionFeeds([reading.additions], batch, hookWidth(graph, hook)),
    });
    metrics.push(floats(found, 'metric')[0]!);
  }
  return metrics;
}

suite('the metric with additions is that of the whole model, within the rounding of float32', () => {
  for (const hook of HOOKS)
    test(`at ${hook}`, async () => {
      const graph = new Graph();
      forward(model, graph);
      const delta = Float32Array.from({ length: hookWidth(graph, hook) }, (_, i) =>
        Math.sin(1 + i),
      );
      const readings = sequences.flatMap((ids, i): EditedReading[] => {
        const metricPos = ids.length - 1 - i;
        // One sequence is read once, the others several times, one of them without additions.
        const places = i === 2 ? [[3]] : [[metricPos], [9, 4], [7], [], [1], [metricPos, 7]];
        return places.map((positions) => ({
          ids,
          metricPos,
          pair,
          additions: positions.map((pos) => ({ pos, delta })),
        }));
      });
      const expected = await wholeModel(hook, readings);
      for (const batchSize of [1, 4, 100]) {
        const found = await measureMetric(cpuReader(model, { batchSize }), hook, readings);
        found.forEach((metric, i) => {
          const error = Math.abs(metric - expected[i]!);
          assert.ok(error <= 2e-5 * Math.max(1, Math.abs(metric)), `${batchSize}, ${i}: ${error}`);
        });
      }
      assert.ok(new Set(expected.map((metric) => metric.toFixed(4))).size > 3);
    });
});
