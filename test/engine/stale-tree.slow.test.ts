import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { miniatureResults } from '../site/built-site.ts';
import { tempDir } from '../temp.ts';

const ROOT = join(import.meta.dirname, '../..');
const TOKENIZERS = '@huggingface/tokenizers';

/** A copy of the tree with the miniature's results, in which one file at a time is edited. */
function copyTree(dir: string): void {
  for (const folder of ['pipeline', 'data/studies', 'data/models'])
    cpSync(join(ROOT, folder), join(dir, folder), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(dir, 'package.json'));
  cpSync(miniatureResults(), join(dir, 'data/results/miniature'), { recursive: true });
  linkPackages(dir);
}

/** Every package is linked, but for the one whose version is edited, which is copied. */
function linkPackages(dir: string): void {
  const [scope] = TOKENIZERS.split('/') as [string];
  const link = (folder: string, names: readonly string[]) => {
    mkdirSync(join(dir, folder), { recursive: true });
    for (const name of names) symlinkSync(join(ROOT, folder, name), join(dir, folder, name));
  };
  const packages = readdirSync(join(ROOT, 'node_modules')).filter((name) => name !== scope);
  link('node_modules', packages);
  const own = readdirSync(join(ROOT, 'node_modules', scope)).filter(
    (name) => `${scope}/${name}` !== TOKENIZERS,
  );
  link(`node_modules/${scope}`, own);
  cpSync(join(ROOT, 'node_modules', TOKENIZERS), join(dir, 'node_modules', TOKENIZERS), {
    recursive: true,
  });
}

suite('what an edit of the tree makes stale', () => {
  let dir = '';
  const cleanUp: (() => void)[] = [];
  before(() => {
    dir = tempDir({ after: (end) => void cleanUp.push(end as () => void) });
    copyTree(dir);
    compute(); // results at hand may be of older code
  });
  after(() => {
    for (const end of cleanUp) end();
  });

  const compute = (...args: readonly string[]): string => {
    const entry = join(dir, 'pipeline/commands/compute.ts');
    const { status, stdout, stderr } = spawnSync(process.execPath, [entry, 'miniature', ...args], {
      cwd: dir,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    return stdout;
  };

  /** The stages that would run, as the command says. */
  const stale = (): string[] =>
    [...compute('--why').matchAll(/^([\w-]+): (?!up to date)/gm)]
      .map(([, name]) => name!)
      .filter((name) => name !== 'study');

  /** Edit a file, look, and put it back. */
  const whileEdited = <T>(file: string, edit: (text: string) => string, look: () => T): T => {
    const path = join(dir, file);
    const kept = readFileSync(path, 'utf8');
    writeFileSync(path, edit(kept));
    try {
      return look();
    } finally {
      writeFileSync(path, kept);
    }
  };
  const withComment = (text: string) => `${text}\n// A comment.\n`;

  const OF_TRANSCODERS = ['transcoder-quality', 'circuits', 'circuit-lists'];
  const OF_SAES = [
    'patching',
    '5-sae-quality',
    '6-attribute',
    '7-cluster',
    'feature-logits',
    'feature-contexts',
    '8-ablate',
    ...OF_TRANSCODERS,
    'explanations',
    '9-baselines',
    'live',
    'live-features',
  ];
  const OF_LISTS = ['1-generate', '3-entropy', '4-logit-lens', 'patching', 'authorship'];
  const OF_MODEL = [
    ...OF_LISTS,
    ...OF_SAES.filter((name) => !['patching', 'live-features'].includes(name)),
  ];
  const OF_TOKENIZER = [
    ...OF_LISTS,
    '6-attribute',
    'feature-logits',
    '8-ablate',
    'circuits',
    'circuit-lists',
    'explanations',
    '9-baselines',
    'live',
    'ground-truth',
  ];

  test('nothing is stale before an edit', () => {
    assert.deepEqual(stale(), []);
  });

  const COMMENTS: readonly (readonly [file: string, stale: readonly string[]])[] = [
    // What reads a resource: stages receive it, and do not import it.
    ['pipeline/sources/formats/tokenizer.ts', OF_TOKENIZER],
    ['pipeline/sources/formats/npz.ts', OF_SAES],
    ['pipeline/sae/releases/gemma-scope.ts', OF_SAES],
    ['pipeline/sae/releases/gemma-scope-l0.ts', OF_SAES],
    ['pipeline/sources/formats/widen.ts', OF_MODEL],
    ['pipeline/sources/formats/safetensors.ts', [...OF_MODEL, 'live-features']],
    ['pipeline/models/gemma2.ts', OF_MODEL],
    // What stages import.
    ['pipeline/graph/ops.ts', OF_MODEL],
    ['pipeline/lists/token-form.ts', OF_TOKENIZER.filter((name) => name !== 'feature-logits')],
    ['pipeline/stats/linkage.ts', ['7-cluster']],
    ['pipeline/miniature/process.ts', ['3-entropy', 'authorship', 'live', 'ground-truth']],
    // The memory that a way to choose layers takes is a column of its table.
    ['pipeline/graph/peak-memory.ts', ['patching']],
    ['pipeline/schema/feature-places.ts', ['feature-contexts', 'dictionary']],
  ];
  for (const [file, names] of COMMENTS)
    test(`a comment in ${file}`, () => {
      // The dictionary describes tables; a comment among them changes no description.
      const expected = names.filter((name) => name !== 'dictionary');
      assert.deepEqual(whileEdited(file, withComment, stale), expected);
    });

  test('comments in what plans, finds, shows and fetches, and shapes no number', () => {
    const files = [
      'pipeline/runtime/gpu-libraries.ts',
      'pipeline/engine/progress.ts',
      'pipeline/engine/run.ts',
      'pipeline/stages/all.ts',
      'pipeline/stages/plan.ts',
      'pipeline/subjects/all.ts',
      'pipeline/sources/hub/download.ts',
      'pipeline/commands/compute.ts',
      'pipeline/miniature/train-model.ts',
      'pipeline/stages/released-audit.ts',
    ];
    const edited = files.reduceRight<() => string[]>(
      (look, file) => () => whileEdited(file, withComment, look),
      stale,
    );
    assert.deepEqual(edited(), []);
  });

  test('a new minor version of the tokenizer’s package', () => {
    const file = `node_modules/${TOKENIZERS}/package.json`;
    const newer = (text: string) =>
      text.replace(/("version": "\d+\.)(\d+)/, (_, a, b) => `${a}${Number(b) + 1}`);
    assert.deepEqual(whileEdited(file, newer, stale), OF_TOKENIZER);
  });

  test('one array of one SAE', () => {
    const file = readdirSync(join(dir, 'data/models/miniature-saes/res/layer_0/width_384'))[0]!;
    const path = join(dir, `data/models/miniature-saes/res/layer_0/width_384/${file}/params.npz`);
    const kept = readFileSync(path);
    appendFileSync(path, ' ');
    try {
      assert.deepEqual(
        stale(),
        OF_SAES.filter((name) => !OF_TRANSCODERS.includes(name)),
      );
    } finally {
      writeFileSync(path, kept);
    }
  });

  test('a setting: the stages that name it', () => {
    const file = 'data/studies/miniature.yaml';
    const edit = (text: string) => text.replace('endLogits: [0, 2', 'endLogits: [0, 1');
    assert.deepEqual(whileEdited(file, edit, stale), ['9-baselines', 'live']);
  });

  test('a change of code that changes no row runs its stage again, and nothing after it', () => {
    const before = readFileSync(join(dir, 'data/results/miniature/feature_logits.parquet'));
    const path = join(dir, 'pipeline/graph/ops.ts');
    appendFileSync(path, '\n// A comment.\n');
    compute('--only', 'feature-logits', '4-logit-lens');
    const rest = OF_MODEL.filter((name) => !['feature-logits', '4-logit-lens'].includes(name));
    assert.deepEqual(stale(), rest);
    const now = readFileSync(join(dir, 'data/results/miniature/feature_logits.parquet'));
    assert.ok(now.equals(before));
  });

  test('--why names what changed, before and now', () => {
    const file = 'pipeline/stages/features.ts';
    const why = whileEdited(file, withComment, () => compute('--why', 'features'));
    assert.match(
      why,
      /^features: .*\n {2}code pipeline\/stages\/features\.ts +[0-9a-f]{16} +→ +[0-9a-f]{16}\n$/m,
    );
  });
});
