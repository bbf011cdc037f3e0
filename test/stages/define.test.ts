import assert from 'node:assert/strict';
import { test } from 'node:test';
import { integer, table } from '../../pipeline/schema/table.ts';
import { defineStage, type Needs } from '../../pipeline/stages/define.ts';
import { miniatureStudy } from '../outlined-run.ts';

const numbers = table('numbers', 'one number', { n: integer('the number') });
const access = {
  read: async () => [],
  readParts: async () => {},
  write: () => {},
  keep: <T>(_: string, work: () => Promise<T>) => work(),
  keepMany: async () => [],
  divide: async () => {},
  spool: () => assert.fail('not asked for'),
  progress: () => {},
};
const resources: Partial<Needs> = {
  tables: [numbers],
  saes: [],
  explanations: { forSae: () => new Map() },
};

/** A stage that hands out what it receives. */
function defined() {
  const received: object[] = [];
  const stage = defineStage({
    name: 'toy',
    source: import.meta.url,
    settings: ['seed', 'bootstrap'],
    needs: ['tables'],
    uses: ['explanations'],
    reads: [],
    writes: [numbers],
    graphs: (extent) => {
      received.push(extent);
      return [];
    },
    async run(context) {
      received.push(context);
    },
  });
  return { stage, received };
}

test('a stage receives exactly the settings and resources that it names', async () => {
  const { stage, received } = defined();
  await stage.run({ settings: miniatureStudy, resources, ...access });
  const { seed, bootstrap } = miniatureStudy;
  const { tables, explanations } = resources;
  assert.deepEqual(received, [{ study: { seed, bootstrap }, tables, explanations, ...access }]);
});

test('what it only uses may be missing, what it names may not', async () => {
  const { stage, received } = defined();
  await stage.run({ settings: miniatureStudy, resources: { tables: [] }, ...access });
  assert.deepEqual(Object.keys(received[0]!), [
    'study',
    'tables',
    'read',
    'readParts',
    'write',
    'keep',
    'keepMany',
    'divide',
    'spool',
    'progress',
  ]);
  const run = (settings: object, given: object) => async () =>
    stage.run({ settings, resources: given, ...access });
  await assert.rejects(run({ seed: 1 }, resources), { message: 'missing setting: bootstrap' });
  await assert.rejects(run(miniatureStudy, {}), { message: 'missing resource: tables' });
});

test('its graphs see no other settings either', () => {
  const { stage, received } = defined();
  const { seed, bootstrap } = miniatureStudy;
  const sizes = { provider: 'cpu', uncounted: 1, saes: [], transcoders: [] } as const;
  const longest = { prompt: 1, short: 1, long: 1, plain: 1 };
  const lists = { short: 1, long: 1, plain: 1 };
  const model = {} as never;
  stage.graphs!({ settings: miniatureStudy, model, longest, lists, ...sizes });
  assert.deepEqual(received, [{ study: { seed, bootstrap }, model, longest, lists, ...sizes }]);
});

test('a stage without graphs has none', () => {
  const stage = defineStage({
    name: 'toy',
    source: import.meta.url,
    settings: [],
    needs: [],
    reads: [],
    writes: [],
    async run() {},
  });
  assert.equal(stage.graphs, undefined);
});
