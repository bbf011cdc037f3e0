import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import type { DType, TensorData } from '../../pipeline/graph/tensor.ts';
import type { DecoderSpec } from '../../pipeline/models/decoder-spec.ts';
import { gemma3 } from '../../pipeline/models/gemma3.ts';
import { rotaryAngles } from '../../pipeline/models/rotary.ts';
import { openGolden } from '../golden.ts';

const path = join(openGolden('gemma3_A').dir, 'model/config.json');
const spec = gemma3.specOf(JSON.parse(readFileSync(path, 'utf8')), path);

/** The tables of a graph that looks up rotation angles. */
function tablesIn(spec: DecoderSpec, dtype: DType): TensorData[] {
  const graph = new Graph();
  rotaryAngles(graph.input('positions', 'int64', [1, 2]), spec, dtype);
  return graph.initializers.flatMap((found) =>
    'tensor' in found && found.tensor.dtype === dtype ? [found.tensor.data] : [],
  );
}

test('the graphs of a model share their tables of rotation angles: of a long context, they take seconds to make', () => {
  const first = tablesIn(spec, 'float32');
  assert.equal(first.length, 4); // cosines and sines of two bases
  const second = tablesIn(spec, 'float32');
  for (const [i, table] of first.entries()) assert.equal(second[i], table);
});

test('tables of another width or precision are others', () => {
  const [cos] = tablesIn(spec, 'float32');
  const [wider] = tablesIn(
    { ...spec, dims: { ...spec.dims, dHead: 2 * spec.dims.dHead } },
    'float32',
  );
  const [exact] = tablesIn(spec, 'float64');
  assert.equal(wider!.length, 2 * cos!.length);
  assert.ok(exact instanceof Float64Array);
  assert.deepEqual(Float32Array.from(exact), cos);
});
