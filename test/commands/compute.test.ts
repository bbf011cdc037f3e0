import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cudaFault } from '../../pipeline/runtime/gpu-libraries.ts';
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

const REFUSED: [string[], string][] = [
  [['nosuch'], 'error: unknown study: nosuch (known: gemma-2-2b-it, miniature, original)\n'],
  [
    ['miniature', '--only', 'nosuch'],
    'error: unknown stage: nosuch (known: 1-generate, 2-explore, 3-entropy, 4-logit-lens, 5-sae-quality, 6-attribute, 7-cluster, features, feature-logits, feature-contexts, 8-ablate, 9-baselines, ground-truth, dictionary)\n',
  ],
  [
    ['miniature', '--provider', 'abacus'],
    'error: unknown provider: abacus (known: cpu, cuda, webgpu)\n',
  ],
  [
    ['original'],
    'error: no released data: clone https://github.com/gboxo/GemmaExploration, then name its folder with --from\n',
  ],
  [['miniature', '--from', '.'], 'error: --from is for the study original\n'],
  [['--fast'], "error: unknown option '--fast'\n"],
];

suite('bad arguments are one line on stderr and exit 1', () => {
  for (const [args, message] of REFUSED)
    test(args.join(' '), () => {
      const { status, stderr } = compute(args);
      assert.equal(stderr, message);
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
    '--dry-run',
    '--from',
    '--publish',
    '--help',
  ])
    assert.ok(stdout.includes(option), option);
});
