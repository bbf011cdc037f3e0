import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { float32 } from '../../pipeline/graph/tensor.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { saeInputs, sparseActivation } from '../../pipeline/sae/jump-relu.ts';
import { openSae } from '../../pipeline/sae/open-sae.ts';
import { GEMMA_SCOPE } from '../../pipeline/sae/releases/gemma-scope.ts';
import type { Sae } from '../../pipeline/sae/sae.ts';

const CASES = join(import.meta.dirname, '../cases/saes');
const EXPECTED: {
  readonly x: number[][];
  readonly reconstruction: Readonly<Record<string, number[][]>>;
} = JSON.parse(readFileSync(join(CASES, 'expected.json'), 'utf8'));

const load = async (name: string): Promise<Sae> => {
  const dirs = { res: join(CASES, name, 'res') };
  return (await openSae({ release: GEMMA_SCOPE, dirs, width: '6' }, 'res_0')).load();
};

async function reconstruction({ params, ...spec }: Sae, x: readonly number[][]): Promise<number[]> {
  const graph = new Graph();
  const weights = saeInputs(graph, spec);
  const input = graph.input('x', 'float32', ['N', spec.dIn]);
  graph.output('reconstruction', sparseActivation(weights, input).reconstruction);
  await using session = await openSession(graph, { provider: 'cpu' });
  const feeds = { ...params, x: float32(x.flat(), [x.length, spec.dIn]) };
  const outputs = await session.run(feeds);
  return [...outputs.reconstruction!.data].map(Number);
}

const folders = readdirSync(CASES, { withFileTypes: true }).filter((entry) => entry.isDirectory());

for (const { name } of folders)
  test(`the case ${name} has its reconstructions, or is refused by the array`, async () => {
    const sae = await load(name).catch((error: Error) => error);
    if (sae instanceof Error) {
      assert.equal(name, 'skip');
      return assert.match(
        sae.message,
        /^\/\S+params\.npz: unknown array: W_skip \[4,4\], which may change [^\n]+: use an SAE without it$/,
      );
    }
    const found = await reconstruction(sae, EXPECTED.x);
    const expected = EXPECTED.reconstruction[name]!.flat();
    assert.equal(found.length, expected.length);
    found.forEach((value, i) => {
      assert.ok(Math.abs(value - expected[i]!) < 1e-4, `${i}: ${value}, not ${expected[i]}`);
    });
  });
