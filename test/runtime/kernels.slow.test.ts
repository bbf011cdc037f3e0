import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { concat, expand, reshape, shapeOf } from '../../pipeline/graph/layout.ts';
import { cast, equal, gatherElements, sub, topK } from '../../pipeline/graph/ops.ts';
import { missingKernels } from '../../pipeline/runtime/kernels.ts';
import { numericsOf } from '../../pipeline/runtime/numerics.ts';
import { openSession, PROVIDERS } from '../../pipeline/runtime/session.ts';
import { specsOf } from '../../pipeline/stages/sae-specs.ts';
import { transcoderChoice } from '../../pipeline/study/transcoder-choice.ts';
import { gemma2 } from '../../pipeline/subjects/gemma2.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { openGolden } from '../golden.ts';
import { goldenSae } from '../golden-sae.ts';
import { fullStudy, outlinedRun } from '../outlined-run.ts';
import { pipelineGraphs } from '../pipeline-graphs.ts';

const golden = openGolden('config_A');
const saes = await Promise.all(
  ['sae_resid_L2_padded.npz', 'sae_z_L1_padded.npz'].map((file) => goldenSae(golden, file)),
);

for (const provider of PROVIDERS)
  for (const largestBuffer of [null, 20_000])
    suite(`${provider} has a kernel for every node, ${largestBuffer ? 'in blocks' : 'whole'}`, () => {
      const numerics = { ...numericsOf(provider), largestBuffer };
      const model = loadModel(join(golden.dir, 'model_bf16'), { numerics });
      for (const [name, build] of Object.entries(pipelineGraphs(model, saes)))
        test(name, () => assert.deepEqual(missingKernels(build(), provider), []));
    });

suite('every graph of every stage of the full-size study has its kernels', () => {
  const longest = { prompt: 31, short: 231, long: 631, plain: 631 };
  const lists = { short: 115, long: 115, plain: 115 };
  for (const provider of PROVIDERS) {
    const { stages, planning } = outlinedRun({ after }, { provider });
    for (const stage of stages.filter(({ graphs }) => graphs))
      test(`${stage.name} on ${provider}`, () => {
        const model = planning!.outline();
        const saes = specsOf(fullStudy.saes!, model.dims);
        const choice = transcoderChoice(fullStudy);
        const transcoders = choice ? specsOf(choice, model.dims) : [];
        const { uncounted } = gemma2;
        const sizes = { uncounted, longest, lists };
        const uses = stage.graphs!({
          settings: fullStudy,
          provider,
          model,
          saes,
          transcoders,
          ...sizes,
        });
        assert.ok(uses.length > 0);
        for (const { graph } of uses) assert.deepEqual(missingKernels(graph(), provider), []);
      });
  }
});

test('on CUDA, bfloat16 matrices are multiplied as they lie on disk, forward and backward', () => {
  const model = loadModel(join(golden.dir, 'model_bf16'), { numerics: numericsOf('cuda') });
  const { nLayers } = model.dims;
  const graphs = pipelineGraphs(model, saes);
  const count = (name: string) => {
    const products = graphs[name]!().nodes.filter(({ op }) => op === 'Gemm');
    const isNarrow = (product: (typeof products)[number]) =>
      product.inputs.every(({ dtype }) => dtype === 'bfloat16');
    const narrow = products.filter(isNarrow).length;
    return { narrow, exact: products.length - narrow };
  };
  const forward = count('next token');
  assert.deepEqual(forward, { narrow: 5 * nLayers, exact: 2 * nLayers + 1 });
  // From the logits down to the second of four layers, where the first SAE's heads are.
  const { narrow, exact } = count('gradients');
  assert.deepEqual(
    { narrow: narrow - forward.narrow, exact: exact - forward.exact },
    { narrow: 14, exact: 5 },
  );
});

suite('a node without a kernel is named', () => {
  const x = (graph: Graph) => graph.input('x', 'float32', ['B', 4]);
  const ids = (graph: Graph) => graph.input('ids', 'int64', ['B', 4]);

  test('int64 on WebGPU', () => {
    const graph = new Graph();
    graph.output('y', cast(sub(ids(graph), graph.scalar(1, 'int64')), 'float32'));
    const names = missingKernels(graph, 'webgpu').map(({ op, dtype }) => `${op} ${dtype}`);
    assert.deepEqual(names, ['Sub int64', 'Cast int64']);
    assert.deepEqual(missingKernels(graph, 'cuda'), []);
  });

  test('a schema that is newer than the kernel', () => {
    const graph = new Graph();
    graph.output('y', equal(x(graph), graph.scalar(0, 'float32')));
    assert.equal(missingKernels(graph, 'cuda')[0]!.op, 'Equal');
    assert.deepEqual(missingKernels(graph, 'webgpu'), []);
  });

  test('and the graph is not opened', async () => {
    const graph = new Graph();
    graph.output('y', cast(sub(ids(graph), graph.scalar(1, 'int64')), 'float32'));
    await assert.rejects(
      openSession(graph, { provider: 'webgpu' }),
      /^Error: provider webgpu has no kernel for 2 nodes, the first Sub of int64 \(Sub#\d+\): choose --provider cpu$/,
    );
  });
});

test('lengths, what enters and what leaves are left to the CPU', () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['B', 4]);
  const ids = cast(graph.input('ids', 'int64', ['B', 1]), 'int32');
  const lengths = concat([shapeOf(x, 0, 1), graph.ints([2, 2])], 0);
  const { indices } = topK(x, graph.ints([3]), 'k');
  graph.output(
    'shaped',
    graph.node({ op: 'Reshape', inputs: [x, lengths], attributes: {} }, [
      { dtype: 'float32', shape: ['B', 2, 2] },
    ])[0]!,
  );
  graph.output('stretched', reshape(expand(ids, ['B', 4]), ['B', 2, 2]));
  graph.output('picked', gatherElements(indices, graph.input('at', 'int64', ['B', 1])));
  assert.deepEqual(missingKernels(graph, 'webgpu'), []);
  assert.ok(graph.nodes.some(({ op, inputs }) => op === 'Concat' && inputs[0]!.dtype === 'int64'));
});
