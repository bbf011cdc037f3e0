import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  fetchExplanations,
  neuronpediaPage,
  neuronpediaSource,
} from '../../pipeline/resources/neuronpedia.ts';
import { answer } from '../http.ts';

const SCOPE = { hub: 'google/gemma-scope-2b-pt', width: '16k' };

test('Gemma Scope’s SAEs have their names and pages there, others none', () => {
  assert.equal(neuronpediaSource(SCOPE, 'res_20'), '20-gemmascope-res-16k');
  assert.equal(neuronpediaSource(SCOPE, 'att_14'), '14-gemmascope-att-16k');
  assert.equal(neuronpediaSource({ ...SCOPE, width: '65k' }, 'res_20'), null);
  assert.equal(neuronpediaSource({ width: '16k' }, 'res_20'), null);
  assert.equal(
    neuronpediaPage('20-gemmascope-res-16k', 1491),
    'https://www.neuronpedia.org/gemma-2-2b/20-gemmascope-res-16k/1491',
  );
});

test('explanations come by feature, the first of each', async (t) => {
  const asked: string[] = [];
  const endpoint = await answer(t, (url) => {
    asked.push(url);
    return {
      body: JSON.stringify([
        { index: '7', description: ' words <of> "counting" ', modelId: 'gemma-2-2b' },
        { index: '7', description: 'another' },
        { index: '0', description: 'the first' },
      ]),
    };
  });
  const found = await fetchExplanations('20-gemmascope-res-16k', endpoint);
  assert.deepEqual(
    [...found],
    [
      [7, 'words <of> "counting"'],
      [0, 'the first'],
    ],
  );
  assert.deepEqual(asked, [
    '/api/explanation/export?modelId=gemma-2-2b&saeId=20-gemmascope-res-16k',
  ]);
});

const refused = async (t: TestContext, reply: Parameters<typeof answer>[1], reason: RegExp) => {
  const endpoint = await answer(t, reply);
  await assert.rejects(fetchExplanations('a', endpoint), ({ message }: Error) => {
    assert.ok(message.startsWith(`${endpoint}/api/explanation/export?`));
    assert.match(message, reason);
    assert.match(message, /: try again later, or go on without explanations$/);
    assert.ok(!message.includes('\n'));
    return true;
  });
};

test('an answer that is none is refused in one line', async (t) => {
  await refused(t, () => ({ status: 429 }), /: 429 Too Many Requests:/);
  await refused(t, () => ({ body: '<html>' }), /: not JSON:/);
  await refused(t, () => ({ body: '[{"index": "x", "description": "y"}]' }), /: 0\.index: /);
  await refused(t, () => ({ body: '{"explanations": []}' }), /expected array/);
  await refused(t, () => ({ body: '[{"ind', cut: true }), /: (terminated|not JSON)/);
});
