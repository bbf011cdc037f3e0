import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meansWithIntervals } from '../../site/lib/charts/means.ts';
import { colorBy } from '../../site/lib/charts/series.ts';

test('a legend names the arms that there are, each in its own colour and shape', () => {
  const rows = [{ arm: 'random' }, { arm: 'ablated' }, { arm: 'random' }];
  const all = colorBy('arm').scale;
  const { domain, range } = colorBy('arm', 'arm', rows).scale;
  assert.deepEqual(domain, ['ablated', 'random']);
  for (const [i, arm] of domain.entries())
    assert.equal(range[i], all.range[all.domain.indexOf(arm)]);
  const shapes = JSON.stringify(meansWithIntervals('x', { title: '', format: '.1f' }, 'arm', rows));
  assert.ok(!shapes.includes('reconstruction') && shapes.includes('square'));
});
