import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RemovedFeatures, transferRows } from '../../pipeline/stages/circuits/transfer.ts';

const SETTINGS = { seed: 1, bootstrap: { resamples: 200, confidence: 0.9 } };
const feature = (id: number) => ({ layer: 0, feature: id });

const REMOVED: readonly RemovedFeatures[] = [
  { kind: 'own', count: 2, features: [feature(1), feature(2)] },
  { kind: 'other', count: 2, features: [feature(2), feature(3)] },
  { kind: 'random', count: 2, features: [feature(4), feature(5)] },
  { kind: 'random', count: 2, features: [feature(6), feature(7)] },
];

test('the other circuit’s change is a share of the own one’s; random ones are averaged over draws', () => {
  const lists = ['a', 'b', 'c', 'd', 'e', 'f'].map((topic, i) => ({
    topic,
    changes: [-4 - i / 10, -3 - i / 10, -0.5, 0.1],
  }));
  const rows = transferRows(lists, REMOVED, 'twin', SETTINGS);
  assert.deepEqual(
    rows.map(({ features, n_features, shared, n }) => [features, n_features, shared, n]),
    [
      ['own', 2, 2, 6],
      ['other', 2, 1, 6],
      ['random', 2, 0, 6],
    ],
  );
  const [own, other, random] = rows;
  assert.ok(Math.abs(own!.change! + 4.25) < 1e-9);
  assert.equal(own!.share, null);
  assert.equal(own!.reason, null);
  assert.ok(Math.abs(other!.share! - 3.25 / 4.25) < 1e-9);
  assert.ok(other!.share_low! <= other!.share! && other!.share! <= other!.share_high!);
  assert.ok(Math.abs(random!.change! + 0.2) < 1e-9);
  assert.ok(Math.abs(random!.share! - 0.2 / 4.25) < 1e-9);
});

test('there is no share of a change that may be none', () => {
  const lists = ['a', 'b', 'c', 'd'].map((topic, i) => ({
    topic,
    changes: [i % 2 === 0 ? 1 : -1, 1, 0, 0],
  }));
  const [own, other] = transferRows(lists, REMOVED, 'twin', SETTINGS);
  assert.deepEqual([own!.reason, other!.share, other!.reason], [null, null, 'effect includes 0']);
});
