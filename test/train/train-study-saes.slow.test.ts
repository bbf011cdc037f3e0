import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Graph } from '../../pipeline/graph/builder.ts';
import { forward } from '../../pipeline/models/forward.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { floats } from '../../pipeline/runtime/outputs.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { openSae } from '../../pipeline/sae/open-sae.ts';
import { familyLayout } from '../../pipeline/sae/release.ts';
import { GEMMA_SCOPE } from '../../pipeline/sae/releases/gemma-scope.ts';
import { FAMILIES } from '../../pipeline/schema/sae-families.ts';
import { storeActivations } from '../../pipeline/train/activation-store.ts';
import { writeCorpus } from '../../pipeline/train/corpus.ts';
import { keptPositions } from '../../pipeline/train/kept-positions.ts';
import { isTrained } from '../../pipeline/train/train-study-saes.ts';
import { assertNear } from '../miniature/miniature.ts';
import { noMounts, smallDisk } from '../small-disk.ts';
import { tempDir } from '../temp.ts';
import { form, IDS, reader, study, train, WIDTH } from './small-training.ts';

/** Every file of a folder, by its path. */
const filesOf = (dir: string): Record<string, Buffer> =>
  Object.fromEntries(
    readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .sort()
      .filter((name) => statSync(join(dir, name)).isFile())
      .map((name) => [name, readFileSync(join(dir, name))]),
  );

/** Train in a process of its own, and kill it. */
async function killWhen(dir: string, isTime: () => boolean): Promise<void> {
  const program = join(import.meta.dirname, 'small-training.ts');
  const child = spawn(process.execPath, [program, dir], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  while (child.exitCode === null && !isTime()) await setTimeout(2);
  child.kill('SIGKILL');
  await ended;
  assert.equal(child.signalCode, 'SIGKILL');
}

suite('the SAEs of a study', async () => {
  const cleanUp: (() => void)[] = [];
  const dir = tempDir({ after: (remove) => void cleanUp.push(remove) });
  after(() => {
    for (const remove of cleanUp) remove();
  });
  const trained = train(dir).then((printed) => ({ printed, files: filesOf(dir) }));

  test('are there with their reports, and nothing that only training needs', async () => {
    const { files } = await trained;
    const names = Object.keys(files).map((name) => name.replace(/l0_\d+/, 'l0_N'));
    assert.deepEqual(names, [
      'att/layer_3/width_32/average_l0_N/params.npz',
      'corpus.json',
      'res/layer_2/width_32/average_l0_N/params.npz',
      'training/att_3.json',
      'training/res_2.json',
      'training/tc_1.json',
      'transcoders/layer_1/width_32/average_l0_N/params.npz',
    ]);
    const report = JSON.parse(String(files['training/res_2.json']));
    assert.ok(report.fvu > 0 && report.fvu < 0.6, `FVU ${report.fvu}`);
    assert.ok(report.distinct <= report.activations);
    assert.ok(report.outliers.share < 0.1);
  });

  test('open as those of a release do', async () => {
    await trained;
    const dirs = Object.fromEntries(
      FAMILIES.map((family) => [family, join(dir, familyLayout(GEMMA_SCOPE, family).folder)]),
    );
    for (const id of IDS) {
      const sae = await (await openSae({ release: GEMMA_SCOPE, dirs, width: '32' }, id)).load();
      assert.equal(sae.dSae, WIDTH);
    }
  });

  test('are not trained again, and one that is missing is trained alone, to the same bytes', async () => {
    const { files } = await trained;
    assert.equal(await train(dir), '');
    rmSync(join(dir, 'att'), { recursive: true });
    assert.deepEqual(
      IDS.map((id) => isTrained(dir, id, WIDTH)),
      [true, false, true],
    );
    const printed = await train(dir);
    assert.doesNotMatch(printed, /corpus|res_2|tc_1/); // the corpus is kept
    assert.deepEqual(filesOf(dir), files);
  });

  test('killed within one, go on where they were, to the same bytes', async (t) => {
    const other = tempDir(t);
    await killWhen(other, () => existsSync(join(other, 'training/att_3.npz')));
    assert.deepEqual(
      IDS.map((id) => isTrained(other, id, WIDTH)),
      [true, false, false],
    );
    assert.ok(existsSync(join(other, 'activations')));
    await train(other);
    assert.deepEqual(filesOf(other), (await trained).files);
  });

  test('others may follow an interrupted training: activations that are missing are read', async (t) => {
    const other = tempDir(t);
    const sequences = JSON.parse(readFileSync(join(dir, 'corpus.json'), 'utf8'));
    const hooks = ['blocks.2.hook_resid_post'];
    const at = { dir: join(other, 'activations'), onProgress: () => {} };
    await storeActivations(reader, sequences, { ...at, hooks });
    await train(other, ['res_3']);
    assert.ok(isTrained(other, 'res_3', WIDTH));
  });
});

test('stored activations are those of the kept positions, with their tokens', async (t) => {
  const sequences = await writeCorpus(reader, form, study, () => {});
  const hook = 'blocks.1.hook_resid_post';
  const dir = join(tempDir(t), 'activations');
  const calls: number[] = [];
  const onProgress = (done: number) => void calls.push(done);
  const store = await storeActivations(reader, sequences, { hooks: [hook], dir, onProgress });
  const { kept, distinct } = keptPositions(sequences, reader.uncounted);
  assert.equal(calls.at(-1), sequences.length);
  assert.equal(store.distinct, distinct);
  const { n, width, data } = store.read(hook);
  assert.deepEqual([n, data.length], [store.tokens.length, store.tokens.length * width]);

  // The model alone on each sequence; they are stored by length.
  const graph = new Graph();
  forward(reader.model, graph);
  graph.output(hook, graph.find(hook));
  const order = [...sequences.keys()].sort(
    (a, b) => sequences[a]!.ids.length - sequences[b]!.ids.length,
  );
  await using session = await openSession(graph, reader);
  let row = 0;
  for (const i of order) {
    const { ids } = sequences[i]!;
    const outputs = await session.run(padLeft([ids]).feeds);
    for (const pos of kept[i]!) {
      assert.equal(store.tokens[row], ids[pos]);
      for (let j = 0; j < width; j++)
        assertNear(data[row * width + j]!, floats(outputs, hook)[pos * width + j]!, 1e-4);
      row++;
    }
  }
  assert.equal(row, n);

  const again = await storeActivations(reader, [], {
    hooks: [hook],
    dir,
    onProgress: () => assert.fail('they are opened, and nothing is run'),
  });
  assert.deepEqual(again.read(hook).data, data);
});

test('activations that the disk has no room for are refused before the model reads', {
  skip: noMounts,
}, async (t) => {
  const disk = smallDisk(t, 256);
  await assert.rejects(
    train(join(disk, 'saes')),
    /^Error: disk full: the activations of 4 hooks need 0\.\d+ GB in .*, where 0\.000 GB are free: make room, or name fewer SAEs in the study$/,
  );
  assert.deepEqual(globSync('saes/**/*.npz', { cwd: disk }), []);
});
