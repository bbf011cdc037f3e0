import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { float32 } from '../../../pipeline/graph/tensor.ts';
import { readManifest } from '../../../pipeline/schema/manifest.ts';
import { writeNpz } from '../../../pipeline/sources/formats/write-npz.ts';
import { tempDir } from '../../temp.ts';
import {
  gemmaLike,
  INDEX,
  modelChoice,
  REVISION,
  REVISIONS,
  SHARDS,
  saeChoice,
  serveGemma,
  TOKEN,
} from './gemma.ts';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const SAES = join(REPOSITORY, 'data/models/miniature-saes');

/** A folder with one small study whose model and SAEs are on the hub. */
function studyRoot(t: TestContext): string {
  const root = tempDir(t);
  const study = parse(readFileSync(join(REPOSITORY, 'data/studies/miniature.yaml'), 'utf8'));
  for (const template of Object.values(study.templates) as { maxNewTokens: number }[])
    template.maxNewTokens = 30;
  const small = {
    ...study,
    name: 'tiny',
    kind: 'run',
    model: modelChoice,
    saes: { ...saeChoice, ids: ['res_3', 'att_3'] },
    topics: study.topics.slice(0, 3),
    sampling: { ...study.sampling, samples: 1 },
    sweep: { ...study.sweep, temperatures: [0.5], samples: 1 },
    // Its transcoders would be a third repository.
    circuits: undefined,
    explained: undefined,
  };
  mkdirSync(join(root, 'data/studies'), { recursive: true });
  writeFileSync(join(root, 'data/studies/tiny.yaml'), stringify(small));
  return root;
}

/** The command in a folder of its own, as `npm run compute -- tiny` runs it. */
function start(root: string, env: NodeJS.ProcessEnv, options: object): ChildProcess {
  const script = `
    import { compute } from ${JSON.stringify(join(REPOSITORY, 'pipeline/commands/compute.ts'))};
    const surroundings = { root: ${JSON.stringify(root)}, env: process.env, output: process.stdout };
    try {
      process.exitCode = await compute('tiny', ${JSON.stringify(options)}, surroundings);
    } catch (error) {
      console.error('error: ' + error.message);
      process.exitCode = 1;
    }`;
  const args = ['--input-type=module', '--eval', script];
  return spawn(process.execPath, args, { env: { ...process.env, ...env } });
}

async function compute(root: string, env: NodeJS.ProcessEnv, options: object = {}) {
  const child = start(root, env, { provider: 'cpu', only: ['1-generate'], ...options });
  const text = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]!.on('data', (data) => (text[stream] += data));
  const [status] = await once(child, 'close');
  return { status, ...text };
}

test('a study on the hub is computed from what is fetched, and the token is nowhere', async (t) => {
  const served = await serveGemma(t, { token: TOKEN }, { HF_TOKEN: TOKEN });
  const root = studyRoot(t);
  const only = ['1-generate', '5-sae-quality'];
  const { status, stdout, stderr } = await compute(root, served.env, { only });
  assert.equal(stderr, '');
  assert.equal(status, 0);
  assert.match(stdout, /^study: tiny \(named on the command line\), provider cpu\n/);
  const { files } = readManifest(join(root, 'data/results/tiny'))!;
  const { metadata } = files['sae_quality.parquet']!;
  assert.equal(metadata.model_revision, REVISION);
  assert.equal(metadata.sae_revision, `res ${REVISIONS.res}, att ${REVISIONS.att}`);
  for (const folder of [root, served.env.HF_HOME!])
    for (const file of globSync('**/*', { cwd: folder })) {
      const path = join(folder, file);
      if (statSync(path).isFile()) assert.ok(!readFileSync(path, 'latin1').includes(TOKEN), file);
    }
  assert.ok(!stdout.includes(TOKEN));
  const before = served.asked.length;
  const again = await compute(root, { ...served.env, HF_HUB_OFFLINE: '1' }, { only });
  assert.match(again.stdout, /1-generate +up to date .*\n(.*\n)*5-sae-quality +up to date/);
  assert.equal(served.asked.length, before);
});

test('folders of model and SAEs need no network', async (t) => {
  const root = studyRoot(t);
  const env = { HF_ENDPOINT: 'http://127.0.0.1:9', HF_HOME: tempDir(t) };
  const options = { model: gemmaLike(t), saes: SAES, only: ['1-generate', '5-sae-quality'] };
  const { status, stderr } = await compute(root, env, options);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  const { files } = readManifest(join(root, 'data/results/tiny'))!;
  assert.match(files['completions.parquet']!.metadata.model_revision, /^[0-9a-f]{64}$/);
});

test('a run that is killed in a download goes on from there', async (t) => {
  let held = true;
  const served = await serveGemma(t, {
    fault: ({ host, path }) =>
      held && host === 'cdn' && path.endsWith(SHARDS[0]!) ? { holdAfter: 500_000 } : undefined,
  });
  const root = studyRoot(t);
  const child = start(root, served.env, { provider: 'cpu', only: ['1-generate'] });
  const parts = () => globSync('models--*/blobs/*.incomplete', { cwd: served.cache });
  const sizeOf = (path: string) =>
    statSync(join(served.cache, path), { throwIfNoEntry: false })?.size ?? 0;
  // Exactly: the other shard, which is not held, passes this size.
  const begun = () => parts().some((path) => sizeOf(path) === 500_000);
  while (!begun()) await setTimeout(20);
  child.kill('SIGKILL');
  await once(child, 'close');
  assert.equal(globSync(`models--*/snapshots/*/${SHARDS[0]}`, { cwd: served.cache }).length, 0);
  held = false;
  served.asked.length = 0;
  const { status, stderr } = await compute(root, served.env);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  const [first] = served.asked.filter(({ path }) => path.endsWith(SHARDS[0]!));
  assert.equal(first!.range, 'bytes=500000-');
  assert.deepEqual(parts(), []);
});

suite('what is wrong with model and SAEs is one line on stderr, and nothing is written', () => {
  type Damage = (dir: string) => void;
  const config =
    (edit: object): Damage =>
    (dir) => {
      const path = join(dir, 'config.json');
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...edit }));
    };
  const cases: [string, Damage, RegExp][] = [
    [
      'a missing shard',
      (dir) => rmSync(join(dir, SHARDS[1]!)),
      /missing model file: .*model-00002-of-00002\.safetensors \(holds .*\): fetch or train the model again$/,
    ],
    [
      'a truncated shard',
      (dir) =>
        writeFileSync(join(dir, SHARDS[0]!), readFileSync(join(dir, SHARDS[0]!)).subarray(9000)),
      /model-00001-of-00002\.safetensors: (truncated|not JSON).*: fetch or train the model again$/,
    ],
    [
      'an index that names an absent tensor',
      (dir) => {
        const index = JSON.parse(readFileSync(join(dir, INDEX), 'utf8'));
        index.weight_map['model.nosuch.weight'] = SHARDS[0];
        writeFileSync(join(dir, INDEX), JSON.stringify(index));
      },
      /model-00001-of-00002\.safetensors: no tensor model\.nosuch\.weight: fetch or train/,
    ],
    [
      'another architecture',
      config({ model_type: 'llama' }),
      /config\.json: model_type llama, expected gemma2: name the subject of this model$/,
    ],
    [
      'an index that is no index',
      (dir) => writeFileSync(join(dir, INDEX), '{"weight_map": '),
      /model\.safetensors\.index\.json: not JSON/,
    ],
  ];
  const oneLine = async (t: TestContext, options: object, message: RegExp): Promise<void> => {
    const root = studyRoot(t);
    const env = { HF_ENDPOINT: 'http://127.0.0.1:9', HF_HOME: tempDir(t) };
    const { status, stderr } = await compute(root, env, options);
    assert.equal(status, 1);
    assert.match(stderr.trimEnd(), message);
    assert.match(stderr, /^error: [^\n]+\n$/);
    assert.deepEqual(globSync('data/results/**/*.parquet', { cwd: root }), []);
  };
  for (const [what, damage, message] of cases)
    test(what, async (t) => {
      const model = gemmaLike(t);
      damage(model);
      await oneLine(t, { model, saes: SAES }, message);
    });

  test('SAEs of another width', async (t) => {
    const root = studyRoot(t);
    const saes = tempDir(t);
    cpSync(join(SAES, 'att'), join(saes, 'att'), { recursive: true });
    const at = join(saes, 'res/layer_3/width_384/average_l0_9');
    mkdirSync(at, { recursive: true });
    const zeros = (...dims: number[]) =>
      float32(new Float32Array(dims.reduce((a, b) => a * b)), dims);
    writeNpz(join(at, 'params.npz'), {
      W_enc: zeros(48, 384),
      b_enc: zeros(384),
      W_dec: zeros(384, 48),
      b_dec: zeros(48),
      threshold: zeros(384),
    });
    const env = { HF_ENDPOINT: 'http://127.0.0.1:9', HF_HOME: tempDir(t) };
    const only = ['1-generate', '5-sae-quality'];
    const { status, stderr } = await compute(root, env, { model: gemmaLike(t), saes, only });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^error: SAE res_3: d_in 48 does not match blocks\.3\.hook_resid_post \(\d+\): use an SAE trained on that hook\n$/,
    );
  });

  test('SAEs that are not there at the width of the study', async (t) => {
    const saes = tempDir(t);
    for (const family of ['res', 'att']) mkdirSync(join(saes, family));
    await oneLine(
      t,
      { model: gemmaLike(t), saes },
      /^error: missing SAEs: .*layer_3\/width_384\/.*: name their folder$/,
    );
  });
});

test('a hub that is busy is waited for, which is said', async (t) => {
  let busy = true;
  const served = await serveGemma(t, {
    fault: () => {
      const fault = busy ? { status: 429, headers: { 'retry-after': '1' } } : undefined;
      busy = false;
      return fault;
    },
  });
  const { status, stdout } = await compute(studyRoot(t), served.env);
  assert.equal(status, 0);
  assert.ok(stdout.includes(`${served.endpoint}: 429: waiting 1.0 s\n`), stdout);
});

test('a hub that refuses is one line on stderr, and nothing is written', async (t) => {
  const served = await serveGemma(t, { token: TOKEN }, { HF_TOKEN: 'hf_another' });
  const root = studyRoot(t);
  const { status, stdout, stderr } = await compute(root, served.env);
  assert.equal(status, 1);
  assert.match(stderr, /^error: google\/gemma-2-2b-it: [^\n]* \(401\): [^\n]*\n$/);
  assert.ok(!`${stdout}${stderr}`.includes('hf_'));
  assert.deepEqual(globSync('data/results/**/*', { cwd: root }), []);
});
