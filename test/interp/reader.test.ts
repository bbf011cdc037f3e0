import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { float32 } from '../../pipeline/graph/tensor.ts';
import { attributeSaes } from '../../pipeline/interp/attribution/attribute-saes.ts';
import { encoderGraph, featureActivations } from '../../pipeline/interp/feature-activations.ts';
import { type Batching, readRows, type SinglePass } from '../../pipeline/interp/reader.ts';
import { saeQuality } from '../../pipeline/interp/sae-quality/sae-quality.ts';
import { SaeSessions } from '../../pipeline/interp/sae-sessions.ts';
import { forward } from '../../pipeline/models/forward.ts';
import { floats } from '../../pipeline/runtime/outputs.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { MINIATURE, tokenizer } from '../miniature/miniature.ts';
import { openSae } from '../miniature/saes.ts';
import { cpuReader } from '../reader.ts';

const model = loadModel(MINIATURE);
const { dModel } = model.dims;
const HOOK = 'blocks.3.hook_resid_post';

/** Of several lengths, two of them equal. */
const sequences = [9, 4, 17, 4, 12, 30, 6].map((length, row) => {
  const ids = Array.from({ length: length - 1 }, (_, pos) => 5 + ((row * 61 + pos * 37) % 90));
  return { ids: [tokenizer.id('<bos>'), ...ids] };
});
type Row = { readonly resid: Float32Array; readonly together: readonly number[] };

/** The residual stream of every sequence, with where those of its batch stand among all. */
const residuals = (batching: Batching = {}): SinglePass<(typeof sequences)[number], Row> => {
  const graph = new Graph();
  forward(model, graph);
  graph.output('resid', graph.find(HOOK));
  return {
    graph,
    ...batching,
    rows: (outputs, { batch, sequences, indices }) =>
      sequences.map((_, row) => ({
        resid: batch.unpadded(floats(outputs, 'resid'), row, { width: dModel }),
        together: indices,
      })),
  };
};

const alone = readRows(cpuReader(model, { batchSize: 1 }), sequences, residuals());

/** How sequences are put together, and which ones then run together. */
const ORDERS: Readonly<Record<string, [Batching, number[][]]>> = {
  'as they are given': [{}, [[0, 1, 2], [3, 4, 5], [6]]],
  'by length': [{ order: 'by length' }, [[1, 3, 6], [0, 4, 2], [5]]],
  'as they are given, as many as fit': [
    { rowsThatFit: (longest) => Math.floor(20 / longest) || 1 },
    [[0], [1], [2], [3], [4], [5], [6]],
  ],
  'by length, as many as fit': [
    { order: 'by length', rowsThatFit: (longest) => Math.floor(20 / longest) || 1 },
    [[1, 3, 6], [0], [4], [2], [5]],
  ],
};

suite('rows', () => {
  for (const [order, [batching, expected]] of Object.entries(ORDERS))
    test(`come back in the order given, without padding: ${order}`, async () => {
      const rows = await readRows(
        cpuReader(model, { batchSize: 3 }),
        sequences,
        residuals(batching),
      );
      assert.deepEqual(new Set(rows.map(({ together }) => together.join())), keys(expected));
      for (const [i, { resid, together }] of rows.entries()) {
        assert.ok(together.includes(i));
        const own = (await alone)[i]!.resid;
        assert.equal(resid.length, sequences[i]!.ids.length * dModel);
        assert.equal(resid.length, own.length);
        assert.ok(resid.every((x, j) => Math.abs(x - own[j]!) < 1e-4));
      }
    });

  test('of one sequence are not those of another', async () => {
    const [, a, , b] = await alone;
    assert.ok(a!.resid.some((x, j) => Math.abs(x - b!.resid[j]!) > 0.1));
  });

  test('are counted as batches are done', async () => {
    const counts: number[] = [];
    const onProgress = (done: number) => void counts.push(done);
    const method = { ...residuals({ order: 'by length' }), onProgress };
    await readRows(cpuReader(model, { batchSize: 3 }), sequences, method);
    assert.deepEqual(counts, [3, 6, 7]);
  });
});

const keys = (batches: readonly (readonly number[])[]) => new Set(batches.map((of) => of.join()));

/** One token whose activations are all 0. */
const NOTHING = {
  x: float32(new Float32Array(dModel), [1, 1, dModel]),
  counted: float32([1], [1, 1, 1]),
};

/** A session maps the model's weights for as long as it is open. */
const openModels = () => readFileSync('/proc/self/maps', 'utf8').split(`${MINIATURE}/`).length - 1;
const skip = process.platform !== 'linux' && 'Linux alone tells what a process has mapped';

test('SAEs of one shape share a session, and all of them are released together', async () => {
  const [res, other, att] = await Promise.all(['res_2', 'res_3', 'att_2'].map(openSae));
  const sessions = new SaeSessions(cpuReader(model), encoderGraph);
  const [first, same, another] = [
    await sessions.sessionFor(res!),
    await sessions.sessionFor(other!),
    await sessions.sessionFor({ ...att!, dSae: 1 }),
  ];
  assert.equal(first, same);
  assert.notEqual(first, another);
  await sessions[Symbol.asyncDispose]();
  const feeds = { ...(await res!.load()).params, ...NOTHING };
  for (const session of [first, another])
    await assert.rejects(session.run(feeds), /already disposed/);
});

suite('sessions', { skip }, () => {
  test('are open while rows are made, and released after the last one', async () => {
    let open = 0;
    const { rows, ...method } = residuals();
    await readRows(cpuReader(model), sequences, {
      ...method,
      rows: (outputs, batch) => {
        open = openModels();
        return rows(outputs, batch);
      },
    });
    assert.equal(open, 1);
    assert.equal(openModels(), 0);
  });

  test('are released when a run throws', async () => {
    let open = 0;
    const method: ReturnType<typeof residuals> = {
      ...residuals(),
      feeds: ({ batch }) => {
        open = openModels();
        return { positions: batch.mask(0) }; // of another type
      },
    };
    await assert.rejects(
      readRows(cpuReader(model), sequences, method),
      /Unexpected input data type/,
    );
    assert.equal(open, 1);
    assert.equal(openModels(), 0);
  });

  test('are released when one of several, or what is done with rows, throws', async () => {
    const sae = await openSae('res_2');
    const stop = () => {
      assert.equal(openModels(), 1);
      throw new Error('enough');
    };
    const reading = { ...sequences[0]!, metricPos: 3, pair: [1, 2] as const };
    const readings = [{ ...reading, lengths: { prompt: 2, prefix: 3 }, kinds: [] }];
    const reader = cpuReader(model);
    const chosen = [{ sae, features: [1] }];
    const tops = { top: 1, topOfPart: 1 };
    for (const run of [
      () => featureActivations(reader, chosen, readings, { onRow: stop }),
      () => attributeSaes(reader, [sae], [{ path: 'zero', readings }], { ...tops, onRows: stop }),
      () => saeQuality(reader, [{ ...sae, load: stop }], readings),
    ]) {
      await assert.rejects(run, { message: 'enough' });
      assert.equal(openModels(), 0);
    }
  });
});
