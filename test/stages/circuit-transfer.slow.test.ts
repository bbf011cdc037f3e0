import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readParquet } from '../../pipeline/engine/parquet.ts';
import { circuitTransfer } from '../../pipeline/schema/circuit-transfer.ts';
import { computeIn, smallRoot } from '../small-study.ts';
import { tempDir } from '../temp.ts';

test('a circuit does to its own decisions all that it does, and that of another model or other transcoders is refused', async (t) => {
  const root = smallRoot(tempDir(t), 8);
  const file = join(root, 'data/studies/miniature.yaml');
  writeFileSync(file, `${readFileSync(file, 'utf8')}\notherCircuit: earlier\n`);
  const run = (stage: string) => computeIn(root, { provider: 'cpu', only: [stage] });
  for (const stage of ['1-generate', 'circuits']) await run(stage);
  await assert.rejects(run('circuit-transfer'), {
    message:
      'circuit of earlier: no graph_average_nodes.parquet in data/results/earlier or data/published/earlier: run "npm run compute -- earlier" with the same model and SAEs, or leave otherCircuit out of the study\'s file',
  });

  const results = join(root, 'data/results/miniature');
  const earlier = join(root, 'data/results/earlier');
  cpSync(results, earlier, { recursive: true });
  const manifest = join(earlier, 'manifest.json');
  const text = readFileSync(manifest, 'utf8');
  for (const name of ['model', 'transcoders']) {
    const content = new RegExp(`("content of ${name}": ")[^"]+`, 'g');
    writeFileSync(manifest, text.replaceAll(content, '$1another'));
    await assert.rejects(run('circuit-transfer'), {
      message: new RegExp(`was computed with another content of ${name}: run`),
    });
  }

  writeFileSync(manifest, text);
  await run('circuit-transfer');
  const rows = await readParquet(join(results, 'circuit_transfer.parquet'), circuitTransfer);
  const of = (features: string) => rows.find((row) => row.features === features)!;
  assert.deepEqual(
    rows.map(({ study, features }) => [study, features]),
    [
      ['earlier', 'own'],
      ['earlier', 'other'],
      ['earlier', 'random'],
    ],
  );
  const { change, ci_low, ci_high, shared, n_features } = of('own');
  assert.ok(Math.abs(change!) > 0.05, `${change}`);
  const other = of('other');
  assert.deepEqual([other.change, other.shared], [change, n_features]);
  assert.equal(shared, n_features);
  assert.ok(ci_low! <= change! && change! <= ci_high!);
  if (other.share !== null) assert.ok(Math.abs(other.share - 1) < 1e-9);
  assert.equal(of('random').shared, 0);
  rmSync(earlier, { recursive: true });
});
