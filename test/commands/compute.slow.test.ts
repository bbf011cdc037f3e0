import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cudaFault } from '../../pipeline/runtime/gpu-libraries.ts';
import { computeIn, smallRoot } from '../small-study.ts';
import { tempDir } from '../temp.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Run the command as a person does. */
function compute(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'pipeline/commands/compute.ts'), ...args],
    { cwd: ROOT, encoding: 'utf8', env: { ...process.env, ...env } },
  );
  return { status, stdout, stderr };
}

const REFUSED: [string[], string | RegExp][] = [
  [['nosuch'], /^error: unknown study: nosuch \(known: gemma-2-2b-it, .*miniature, .*\)\n$/],
  [
    ['miniature', '--only', 'nosuch'],
    /^error: unknown stage: nosuch \(known: 1-generate, .*, dictionary\)\n$/,
  ],
  [
    ['miniature', '--provider', 'abacus'],
    'error: unknown provider: abacus (known: cpu, cuda, webgpu)\n',
  ],
  [
    ['miniature', '--products', 'int4'],
    'error: unknown type of products: int4 (known: float32, int8)\n',
  ],
  [
    ['miniature', '--products', 'int8', '--provider', 'webgpu'],
    'error: --products int8 is for provider cpu, not webgpu: leave it out\n',
  ],
  [
    ['smollm2-135m-instruct', '--products', 'int8', '--provider', 'cpu', '--publish'],
    'error: --publish is for float32: leave out --products int8\n',
  ],
  [
    ['miniature', '--products', 'int8', '--shards', '2', '--shard', '1'],
    'error: --products is for a study as a whole: leave out --shards and --shard\n',
  ],
  [
    ['original'],
    'error: no released data: clone https://github.com/gboxo/GemmaExploration, then name its folder with --from\n',
  ],
  [['miniature', '--from', '.'], 'error: --from is for the study original\n'],
  [
    ['original', '--model', 'x', '--from', '.'],
    'error: --model is for studies that run a model: leave it out\n',
  ],
  [['miniature', 'another'], /^error: too many arguments\..*\n$/],
  [['../miniature'], /^error: unknown study: \.\.\/miniature \(known: .*\)\n$/],
  [['--fast'], "error: unknown option '--fast'\n"],
];

suite('bad arguments are one line on stderr and exit 1', () => {
  for (const [args, message] of REFUSED)
    test(args.join(' '), () => {
      const { status, stderr } = compute(args);
      if (typeof message === 'string') assert.equal(stderr, message);
      else assert.match(stderr, message);
      assert.equal(status, 1);
    });
});

test('a model that is not there, without a network: what is missing, and how to get it', (t) => {
  const env = { HF_HUB_CACHE: tempDir(t), HF_HUB_OFFLINE: '1' };
  const { status, stderr } = compute(['gemma-2-2b-it', '--provider', 'cpu'], env);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^error: google\/gemma-2-2b-it: config\.json and 3 more of revision [0-9a-f]{40} not in the cache, and HF_HUB_OFFLINE is set: .*\n$/,
  );
});

test('a CUDA provider that lacks its libraries: which, and the command', (t) => {
  const fault = cudaFault();
  if (fault === null) return t.skip('CUDA can be loaded here');
  const { status, stderr } = compute(['miniature', '--provider', 'cuda']);
  assert.equal(stderr, `error: provider cuda: ${fault}\n`);
  assert.equal(status, 1);
});

test('--help names every option', () => {
  const { status, stdout } = compute(['--help']);
  assert.equal(status, 0);
  for (const option of [
    '[study]',
    '--only',
    '--force',
    '--provider',
    '--model',
    '--saes',
    '--memory',
    '--why',
    '--dry-run',
    '--from',
    '--publish',
    '--help',
  ])
    assert.ok(stdout.includes(option), option);
});

suite('--why says of stages whether they would run, and runs nothing', () => {
  const root = smallRoot(tempDir({ after }), 20);
  const path = join(root, 'data/studies/miniature.yaml');
  const why = async (...stages: string[]) => {
    const { status, printed } = await computeIn(root, { why: stages.length > 0 ? stages : true });
    assert.equal(status, 0);
    const [head, ...lines] = printed.trimEnd().split('\n');
    assert.match(head!, /^study: miniature /);
    return lines;
  };

  before(async () => {
    const { status, printed } = await computeIn(root, { only: ['generate', 'explore'] });
    assert.equal(status, 0, printed);
  });

  test('up to date, or missing', async () => {
    assert.deepEqual(await why('explore', '1-generate'), [
      '2-explore: up to date',
      '1-generate: up to date',
    ]);
    const all = await why();
    assert.equal(all.length, 25);
    assert.equal(all[2], '3-entropy: entropy.parquet: missing');
  });

  test('a changed setting is named, before and now, for the stages that read it', async () => {
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, before.replace('topP: 0.9', 'topP: 0.8'));
    const [stage, ...changed] = await why('generate');
    assert.equal(stage, '1-generate: its tables depend on what has changed');
    assert.equal(changed.length, 1);
    assert.match(changed[0]!, /^ {2}setting sampling +[0-9a-f]{16} +→ +[0-9a-f]{16}$/);
    writeFileSync(path, before.replace('confidence: 0.95', 'confidence: 0.9'));
    assert.deepEqual(await why('generate'), ['1-generate: up to date']);
    writeFileSync(path, before);
    assert.deepEqual(await why('generate'), ['1-generate: up to date']);
  });

  test('a stage that is not there is refused with those that are', async () => {
    await assert.rejects(why('nosuch'), /^Error: unknown stage: nosuch \(known: 1-generate, /);
  });
});
