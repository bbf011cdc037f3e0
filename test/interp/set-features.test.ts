import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { readFeatures } from '../../pipeline/interp/active-features.ts';
import { type FeatureEdit, setFeatures } from '../../pipeline/interp/set-features.ts';
import { forward } from '../../pipeline/models/forward.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { additionEdit, additionFeeds } from '../../pipeline/runtime/intervention.ts';
import { floats } from '../../pipeline/runtime/outputs.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import type { Sae } from '../../pipeline/sae/sae.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { MINIATURE, tokenizer } from '../miniature/miniature.ts';
import { openSae } from '../miniature/saes.ts';
import { cpuReader } from '../reader.ts';

const reader = cpuReader(loadModel(MINIATURE));
const ids = tokenizer.encode(`${tokenizer.chatPrompt('Provide me with a short list of Colors.')}-`);
const POS = 9;

/** The SAE's output hook, [T, d_out], with some features set. */
async function hookWith(sae: Sae, edits: readonly FeatureEdit[]): Promise<Float32Array> {
  const graph = new Graph();
  const add = additionEdit(sae.outputHook);
  forward(reader.model, graph, {
    edit: (hook, value) => {
      const edited = add(hook, value);
      if (hook === sae.outputHook) graph.output('edited', edited);
      return edited;
    },
  });
  await using session = await openSession(graph, reader);
  const batch = padLeft([ids]);
  const feeds = additionFeeds([setFeatures(reader, sae, edits)], batch, sae.dOut);
  return floats(await session.run({ ...batch.feeds, ...feeds }), 'edited');
}

for (const id of ['res_2', 'att_3', 'tc_1'])
  suite(`setting features of ${id}`, async () => {
    const sae = await (await openSae(id)).load();
    const opened = readFeatures(reader, sae, [{ ids, positions: [POS] }]);
    const strongest = async () =>
      (await opened)[0]!.active.toSorted((a, b) => b.featureAct - a.featureAct);

    test('moves the hook by Σ (value − activation) · W_dec at its position, and nowhere else', async () => {
      const [a, b] = await strongest();
      const inactive = [...Array(sae.dSae).keys()].find(
        (feature) => feature !== a!.feature && feature !== b!.feature,
      )!;
      const edits: FeatureEdit[] = [
        { ...a!, value: 0.25 * a!.featureAct },
        { ...b!, value: 3 * b!.featureAct },
        { pos: POS, feature: inactive, featureAct: 0, value: 1.5 },
      ];
      const [before, after] = [await hookWith(sae, []), await hookWith(sae, edits)];
      before.forEach((x, at) => {
        const [pos, i] = [Math.floor(at / sae.dOut), at % sae.dOut];
        const moved = edits.reduce(
          (sum, { feature, featureAct, value }) =>
            sum + (value - featureAct) * sae.params.W_dec.data[feature * sae.dOut + i]!,
          0,
        );
        if (pos !== POS) assert.equal(after[at], x);
        else assert.ok(Math.abs(after[at]! - x - moved) < 1e-4 * Math.max(1, Math.abs(x)));
      });
      assert.notDeepEqual(after, before);
    });

    test('to its own value changes nothing', async () => {
      const edits = (await strongest()).map((active) => ({ ...active, value: active.featureAct }));
      assert.ok(edits.length > 0);
      for (const { delta } of setFeatures(reader, sae, edits))
        assert.ok(delta.every((value) => value === 0));
      assert.deepEqual(await hookWith(sae, edits), await hookWith(sae, []));
    });

    test('then zeroing it adds up to zeroing it at once', async () => {
      const [a] = await strongest();
      const half = a!.featureAct / 2;
      const [first] = setFeatures(reader, sae, [{ ...a!, value: half }]);
      const [rest] = setFeatures(reader, sae, [{ ...a!, featureAct: half, value: 0 }]);
      const [whole] = setFeatures(reader, sae, [{ ...a!, value: 0 }]);
      whole!.delta.forEach((x, i) => {
        assert.ok(Math.abs(x - first!.delta[i]! - rest!.delta[i]!) < 1e-6);
      });
    });

    test('listed twice, it is set once, to the value that comes last', async () => {
      const [a] = await strongest();
      const twice = [
        { ...a!, value: 1 },
        { ...a!, value: 0 },
      ];
      assert.deepEqual(setFeatures(reader, sae, twice), setFeatures(reader, sae, twice.slice(1)));
    });
  });

test('each position has one addition', async () => {
  const sae = await (await openSae('res_3')).load();
  const edit = (pos: number, feature: number) => ({ pos, feature, featureAct: 1, value: 2 });
  const additions = setFeatures(reader, sae, [edit(4, 0), edit(6, 1), edit(4, 2)]);
  assert.deepEqual(
    additions.map(({ pos }) => pos),
    [4, 6],
  );
});

test('refused: a feature that the SAE does not have, and a position that is not counted', async () => {
  const sae = await (await openSae('res_3')).load();
  const edit = { pos: 4, feature: 3, featureAct: 1, value: 2 };
  for (const feature of [384, -1, Number.NaN])
    assert.throws(() => setFeatures(reader, sae, [{ ...edit, feature }]), {
      message: `feature ${feature}: SAE res_3 has 384: use a smaller index`,
    });
  assert.throws(() => setFeatures(reader, sae, [{ ...edit, pos: 0 }]), {
    message: 'feature 3 at the uncounted position 0: edit from position 1 on',
  });
  assert.deepEqual(setFeatures(reader, sae, []), []);
});
