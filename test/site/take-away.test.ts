import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choiceIn, withChoice } from '../../site/lib/charts/figure-address.ts';
import { takeAway } from '../../site/lib/charts/take-away.ts';
import { toCsv } from '../../site/lib/queries/csv.ts';

test('CSV keeps quotes, commas and newlines in their fields', () => {
  assert.equal(
    toCsv([
      { token: 'a"b', value: 0.5, note: null },
      { token: ',\n', value: -1, note: true },
    ]),
    'token,value,note\r\n"a""b",0.5,\r\n",\n",-1,true\r\n',
  );
});

test('a drawing to take away names what it rests on, in lines that fit, and escapes it', () => {
  const svg = takeAway({
    title: 'Lists <b> & items',
    words: 'Two & two.',
    stamp: ['model m', ...Array.from({ length: 30 }, (_, i) => `table_number_${i} 0123456789`)],
    svg: '<svg width="300" height="100"></svg>',
    width: 300,
    height: 100,
  });
  assert.ok(svg.includes('<title>Lists &lt;b&gt; &amp; items</title><desc>Two &amp; two.</desc>'));
  const lines = [...svg.matchAll(/<text [^>]*font-size="10.5"[^>]*>([^<]*)</g)].map(([, l]) => l!);
  assert.ok(lines.length > 10);
  assert.ok(lines.every((line) => line.length < 70));
  assert.match(lines[0]!, /^model m · table_number_0 /);
  const height = Number(/height="(\d+)"/.exec(svg)![1]);
  const lowest = Math.max(...[...svg.matchAll(/<text [^>]*y="(\d+)"/g)].map(([, y]) => Number(y)));
  assert.ok(lowest < height);
});

test('the address keeps what is chosen in each figure apart', () => {
  const search = withChoice('?q=lists&map.sae=res_3', 'bars', {
    template: 'short',
    topic: 'A & B',
  });
  assert.deepEqual(choiceIn(search, 'bars'), { template: 'short', topic: 'A & B' });
  assert.deepEqual(choiceIn(search, 'map'), { sae: 'res_3' });
  assert.equal(withChoice(search, 'bars', {}), '?q=lists&map.sae=res_3');
  assert.equal(withChoice('?bars.template=short', 'bars', {}), '');
});
