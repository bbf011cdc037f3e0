import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { WriteStream } from 'node:tty';
import { type TrainedSaesSource, trainedSaes } from '../../pipeline/resources/trained-saes.ts';
import { saePath } from '../../pipeline/sae/open-sae.ts';
import { GEMMA_SCOPE } from '../../pipeline/sae/releases/gemma-scope.ts';
import { loadModelStudy } from '../../pipeline/study/load-study.ts';
import { DATA } from '../miniature/miniature.ts';
import { tempDir } from '../temp.ts';
import { study as corpusStudy, form, reader } from '../train/small-training.ts';

const miniature = loadModelStudy(join(DATA, 'studies'), 'miniature');
const smollm2 = loadModelStudy(join(DATA, 'studies'), 'smollm2-135m-instruct');
const saes = { train: { ...corpusStudy.train, epochs: 2 }, width: '32', ids: ['res_2'] };
const output = { isTTY: false, write: () => true } as unknown as WriteStream;

const sourceOf = (cache: string, changes: Partial<TrainedSaesSource> = {}): TrainedSaesSource => ({
  study: miniature,
  saes,
  modelRevision: 'revision',
  model: { content: 'model', readers: [], open: () => reader },
  form: { content: 'form', readers: [], open: () => form },
  cache,
  output,
  ...changes,
});

test('SAEs get a revision when they are trained, which their content decides', async (t) => {
  const folders = trainedSaes(sourceOf(tempDir(t)));
  assert.equal(folders.revision, 'not trained yet');
  await folders.fetch!();
  const { revision } = folders;
  assert.match(revision, /^[0-9a-f]{64}$/);
  const { dirs } = folders;
  const path = saePath({ release: GEMMA_SCOPE, dirs, width: '32' }, 'res_2');
  const again = () => trainedSaes({ ...sourceOf(join(dirs.res!, '../..')) });
  assert.equal(again().revision, revision);
  const bytes = readFileSync(path);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(path, bytes);
  assert.notEqual(again().revision, revision);
});

test('SAEs that another study has already are found by what they depend on', async (t) => {
  const cache = tempDir(t);
  await trainedSaes(sourceOf(cache)).fetch!();
  const twin = trainedSaes(sourceOf(cache, { study: { ...miniature, name: 'twin' } }));
  assert.match(twin.revision, /^[0-9a-f]{64}$/);
  const other = { ...miniature, name: 'twin', form: 'hyphens-turn' } as const;
  assert.equal(trainedSaes(sourceOf(cache, { study: other })).revision, 'not trained yet');
});

suite('the folder of a study’s SAEs', () => {
  const folderOf = (changes: Partial<TrainedSaesSource> = {}) =>
    trainedSaes(sourceOf('/saes', changes)).dirs.res;
  const ORIGINAL = folderOf();

  test('is another for another model, form, sampling, template, training or width', () => {
    const { templates, sampling } = miniature;
    const short = { ...templates.short, prompt: 'A list of {topic}' };
    const others: Partial<TrainedSaesSource>[] = [
      { modelRevision: 'another' },
      { study: { ...miniature, form: 'hyphens-turn' } },
      { study: { ...miniature, sampling: { ...sampling, topP: 0.5 } } },
      { study: { ...miniature, templates: { ...templates, short } } },
      { saes: { ...saes, train: { ...saes.train, seed: 2 } } },
      { saes: { ...saes, train: { ...saes.train, topics: 2 } } },
      { saes: { ...saes, width: '64' } },
    ];
    const folders = others.map(folderOf);
    assert.equal(new Set([ORIGINAL, ...folders]).size, others.length + 1);
  });

  test('is the same for other SAEs, batches or samples', () => {
    for (const same of [
      { saes: { ...saes, ids: ['res_2', 'tc_1'] } },
      { study: { ...miniature, batchSize: 1 } },
      { study: { ...miniature, sampling: { ...miniature.sampling, samples: 9 } } },
    ])
      assert.equal(folderOf(same), ORIGINAL);
  });

  test('of a study whose corpus is whole does not depend on the setting that shortens it', () => {
    const { train } = smollm2.saes!;
    assert.deepEqual(Object.keys(train!), [
      'seed',
      'samples',
      'maxNewTokens',
      'k',
      'epochs',
      'batch',
      'rate',
    ]);
  });
});

test('a study whose SAEs are trained starts with none', (t) => {
  const cache = tempDir(t);
  assert.equal(trainedSaes(sourceOf(cache)).revision, 'not trained yet');
  assert.deepEqual(readdirSync(cache), []);
});
