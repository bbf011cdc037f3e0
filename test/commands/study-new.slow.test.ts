import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import type { WriteStream } from 'node:tty';
import { newStudy } from '../../pipeline/commands/study.ts';
import { readManifest, verify } from '../../pipeline/schema/manifest.ts';
import { metadataOf } from '../../pipeline/sources/formats/gguf/metadata.ts';
import { openGguf } from '../../pipeline/sources/formats/gguf/open.ts';
import { readTokenizer } from '../../pipeline/sources/formats/gguf/tokenizer.ts';
import type { PlainConfig } from '../models/plain-decoder.ts';
import { SMALL, smallTensors, writeSmall } from '../models/small-models.ts';
import { buildSite } from '../site/built-site.ts';
import { computeIn, OF_NO_LISTS } from '../small-study.ts';
import { tempDir } from '../temp.ts';
import { SMOLLM2 } from '../weights.ts';

/** Families by the tokens that begin and end their turns: those of SmolLM2's tokenizer are written in their places. */
const FAMILIES = {
  qwen2: { config: SMALL.qwen2, tokens: {} },
  llama: { config: SMALL.llama, tokens: {} },
  mistral: { config: SMALL.mistral, tokens: { '<|im_start|>': '<s>', '<|im_end|>': '</s>' } },
} as const satisfies Record<string, { config: PlainConfig; tokens: Record<string, string> }>;
const SUBJECT = { qwen2: 'qwen2', llama: 'smollm2', mistral: 'mistral' } as const;

/** A folder with a small random model and a real tokenizer. */
function writeFamily(dir: string, name: keyof typeof FAMILIES): string {
  const { config, tokens } = FAMILIES[name];
  const { tokenizer, config: tokenizerConfig } = readTokenizer(metadataOf(openGguf(SMOLLM2.path)));
  const renamed = (value: object) =>
    Object.entries(tokens).reduce(
      (text, [from, to]) => text.replaceAll(from, to),
      JSON.stringify(value),
    );
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'tokenizer.json'), renamed(tokenizer));
  writeFileSync(join(dir, 'tokenizer_config.json'), renamed(tokenizerConfig));
  writeFileSync(join(dir, 'README.md'), '---\nlicense: mit\n---\n# A model\n');
  const sized = { ...config, vocab_size: 49_152, max_position_embeddings: 640 };
  return writeSmall(dir, sized, smallTensors(sized));
}

/** Of each way to set items apart, and of each way to ask, one: a trial of all takes minutes. */
const TRIED = [
  'hyphens-turn',
  'hyphens-text-examples',
  'numbered-turn',
  'commas-text',
  'lines-turn',
];

async function newIn(root: string, name: string, model: string, forms = TRIED): Promise<string> {
  const printed: string[] = [];
  const output = { isTTY: false, write: (text: string) => printed.push(text) };
  const context = { root, env: { HF_HUB_OFFLINE: '1' }, output: output as unknown as WriteStream };
  await newStudy(name, { model, forms }, context);
  return printed.join('');
}

/** What a user fills in, and less of everything, so that a random model is studied in seconds. */
const filledIn = (text: string): string =>
  text
    .replace('TO BE FILLED IN"', '"')
    .replace('form: TO BE FILLED IN', 'form: hyphens-turn')
    .replace(/topics:\n( {2}- .*\n)+/, 'topics: [Colors, Ocean]\n')
    .replaceAll(/maxNewTokens: \d+/g, 'maxNewTokens: 16')
    .replace(/samples: 5/, 'samples: 1')
    .replace(/temperatures: .*, samples: 2/, 'temperatures: [0.5], samples: 1')
    .replace(/train: \{ seed: 1/, 'train: { seed: 1, topics: 3')
    .replace(/batch: 1024/, 'batch: 256')
    .replace(/steps: 9(.*)cells: 5/, 'steps: 3$1cells: 2')
    .replace(
      /draws: 5, controls: \{ draws: 20, written: 3/,
      'draws: 2, controls: { draws: 4, written: 1',
    )
    .replace(/splits: 5/, 'splits: 2')
    .replace(/resamples: 2000/, 'resamples: 100');

suite('a study from a model', { skip: SMOLLM2.skip }, () => {
  const removed: (() => void)[] = [];
  const root = tempDir({ after: (remove) => removed.push(remove) });
  after(() => {
    for (const remove of removed) remove();
  });
  const names = ['qwen2', 'llama', 'mistral'] as const;

  for (const name of names)
    test(`${name}: what could not be told is marked, and refused until it is filled in`, async () => {
      const dir = writeFamily(join(root, 'models', name), name);
      const printed = await newIn(root, `my-${name}`, dir);
      const path = join(root, `data/studies/my-${name}.yaml`);
      assert.match(printed, new RegExp(`model: ${FAMILIES[name].config.model_type} `));
      assert.match(printed, /licence: mit/);
      assert.match(printed, /hyphens-turn: 20 lists, /);
      assert.match(printed, /npm run compute -- my-/);
      // A random model does not end a list: nothing is proposed, and nothing is computed.
      const text = readFileSync(path, 'utf8');
      assert.match(text, /^form: TO BE FILLED IN$/m);
      assert.match(text, new RegExp(`^subject: ${SUBJECT[name]}$`, 'm'));
      await assert.rejects(computeIn(root, {}, `my-${name}`), /form: expected .*TO BE FILLED IN/);

      writeFileSync(path, filledIn(text));
      const { status, printed: computed } = await computeIn(
        root,
        {
          provider: 'cpu',
          wrapStage: async ({ name: stage }, run) => {
            // One study has them.
            if (name === names[0] || !OF_NO_LISTS.includes(stage)) await run();
          },
        },
        `my-${name}`,
      );
      assert.equal(status, 0, computed);
      const results = join(root, `data/results/my-${name}`);
      const manifest = readManifest(results)!;
      assert.deepEqual(verify(results, manifest), []);
      assert.ok('8-ablate' in manifest.stages && 'claims' in manifest.stages);
    });

  test('their report has a front page for each, which names its study', () => {
    const site = tempDir({ after: (remove) => removed.push(remove) });
    buildSite(site, join(root, 'data/results'));
    const fronts = names.map((name) => {
      const inFolder = join(site, `my-${name}/index.html`);
      return readFileSync(existsSync(inFolder) ? inFolder : join(site, 'index.html'), 'utf8');
    });
    names.forEach((name, i) => {
      assert.match(fronts[i]!, new RegExp(`my-${name}`));
      assert.doesNotMatch(fronts[i]!, />\s*(NaN|undefined)\b/);
    });
  });
});

test('what cannot be a study is refused before a model is read', async (t) => {
  const root = tempDir(t);
  mkdirSync(join(root, 'data/studies'), { recursive: true });
  writeFileSync(join(root, 'data/studies/mine.yaml'), 'name: mine\n');
  await assert.rejects(newIn(root, 'mine', 'x.gguf'), /^Error: data\/studies\/mine\.yaml is there/);
  await assert.rejects(newIn(root, 'Mine', 'x.gguf'), /study name "Mine": expected lower-case/);
  await assert.rejects(newIn(root, '../mine', 'x.gguf'), /study name "\.\.\/mine"/);
  await assert.rejects(newIn(root, 'other', 'x.gguf'), /--model x\.gguf: no such file or folder/);
  await assert.rejects(newIn(root, 'other', '/no/such/folder/x'), /no such file or folder/);
  await assert.rejects(
    newIn(root, 'other', 'x.gguf', ['bullets']),
    /unknown form: bullets \(known: hyphens-blank, /,
  );
  const empty = join(root, 'empty');
  mkdirSync(empty);
  await assert.rejects(newIn(root, 'other', empty), /missing model: .*config\.json/);
  assert.deepEqual(readdirSync(join(root, 'data/studies')), ['mine.yaml']);
  assert.ok(!existsSync(join(root, 'data/results')));
});
