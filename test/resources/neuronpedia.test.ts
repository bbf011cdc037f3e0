import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neuronpediaPage, neuronpediaSource } from '../../pipeline/resources/neuronpedia.ts';

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
