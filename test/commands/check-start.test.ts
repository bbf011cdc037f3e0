import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { TOPICS } from '../../pipeline/miniature/topics.ts';
import { computeIn } from '../small-study.ts';
import { type Scope, tempDir } from '../temp.ts';

const DATA = fileURLToPath(new URL('../../data', import.meta.url));
const CASES = fileURLToPath(new URL('../cases/studies', import.meta.url));

/** What a study's dry run prints. @param change to the study of a case */
async function dryRun(
  t: Scope,
  name: string,
  change: (study: Study) => object = () => ({}),
  only?: readonly string[],
) {
  const root = tempDir(t);
  mkdirSync(join(root, 'data/studies'), { recursive: true });
  for (const part of ['models', 'lists'])
    cpSync(join(DATA, part), join(root, 'data', part), { recursive: true });
  const study: Study = parse(readFileSync(join(CASES, `${name}.yaml`), 'utf8'));
  writeFileSync(
    join(root, 'data/studies', `${name}.yaml`),
    stringify({ ...study, ...change(study) }),
  );
  return computeIn(root, { provider: 'cpu', dryRun: true, ...(only && { only }) }, name);
}

interface Study {
  readonly [setting: string]: unknown;
  readonly templates: Readonly<Record<string, object>>;
  readonly saes: object;
  readonly baselines: object;
}

const longer = (template: string, by: object) => (study: Study) => ({
  templates: { ...study.templates, [template]: { ...study.templates[template], ...by } },
});

/** Changes to a study, and what is said of them before anything runs. */
const REFUSED: readonly [what: string, (study: Study) => object, complaint: string | RegExp][] = [
  [
    'lists beyond the model’s positions',
    longer('long', { maxNewTokens: 2500 }),
    /^study beyond-positions: a long list may have 25\d\d tokens, (\d+) of them the prompt's, and the model has 512 positions: lower templates\.long\.maxNewTokens to \d+$/,
  ],
  [
    'a prompt beyond the model’s positions',
    longer('plain', { prompt: `${'a list of '.repeat(300)}{topic}` }),
    /^study beyond-positions: a plain list may have \d+ tokens, .* positions: shorten the prompt or the topics$/,
  ],
  [
    'lists of another form beyond the positions',
    ({ templates }) => ({
      robustness: { form: 'hyphens-turn-examples', samples: 1 },
      ...longer('long', { maxNewTokens: 470 })({ templates } as Study),
    }),
    /^study beyond-positions: a long list may have \d+ tokens, .* 512 positions/,
  ],
  [
    'a layer that the model has not',
    ({ baselines }) => ({ baselines: { ...baselines, layers: [6] } }),
    'study beyond-positions: baselines.layers: layer 6, and the model has 6: name layers from 0 to 5',
  ],
  [
    'an SAE of a layer that the model has not',
    ({ saes }) => ({
      saes: {
        ...saes,
        hub: 'google/gemma-scope-2b-pt',
        dir: undefined,
        ids: ['res_26'],
        revisions: { res: 'a'.repeat(40) },
      },
    }),
    'study beyond-positions: saes.ids: layer 26, and the model has 6: name layers from 0 to 5',
  ],
  [
    'a transcoder of a layer that the model has not',
    ({ saes }) => {
      const { circuits } = parse(readFileSync(join(DATA, 'studies/miniature.yaml'), 'utf8'));
      const commit = 'a'.repeat(40);
      return {
        saes: {
          ...saes,
          hub: 'google/gemma-scope-2b-pt',
          dir: undefined,
          ids: ['res_0'],
          revisions: { res: commit, tc: commit },
        },
        circuits: { ...circuits, transcoders: ['tc_0', 'tc_6'] },
      };
    },
    'study beyond-positions: circuits.transcoders: layer 6, and the model has 6: name layers from 0 to 5',
  ],
  [
    'a topic that the miniature’s process has not',
    () => ({ topics: ['Animals', 'Teapots'] }),
    `study beyond-positions: topics: the miniature's process has no "Teapots": choose from ${Object.keys(TOPICS).join(', ')}, or set kind: run`,
  ],
  [
    'a topic of a name that every object has',
    () => ({ topics: ['Animals', 'constructor'] }),
    /^study beyond-positions: topics: the miniature's process has no "constructor"/,
  ],
  [
    'a topic that ends the turn',
    () => ({ kind: 'run', topics: ['Animals', 'Fruits<end_of_turn>'] }),
    'study beyond-positions: topic "Fruits<end_of_turn>" spells out a special token of the tokenizer: leave it out',
  ],
  [
    'a prompt that ends the turn',
    longer('plain', { prompt: 'A list of {topic}.<end_of_turn>' }),
    'study beyond-positions: templates.plain.prompt spells out a special token of the tokenizer: leave it out',
  ],
];

suite('what would fail in the middle is refused before anything runs, by a dry run, too', () => {
  for (const [what, change, complaint] of REFUSED)
    test(what, async (t) => {
      const refused = dryRun(t, 'beyond-positions', change);
      await assert.rejects(
        refused,
        typeof complaint === 'string' ? { message: complaint } : { message: complaint },
      );
    });
});

test('a dry run of a stage that there is none of names it', async (t) => {
  await assert.rejects(
    dryRun(t, 'beyond-positions', () => ({}), ['99-none']),
    /^Error: unknown stage: 99-none \(/,
  );
});

test('edited lists that may be longer than the model’s positions: a line says where they are cut', async (t) => {
  const { status, printed } = await dryRun(t, 'beyond-positions');
  assert.equal(status, 0);
  const [, all, list] =
    /^note: an edited short list may have (\d+) tokens \(a list of (\d+), then 4 times 200\), and the model has 512 positions: answers are cut there; lower ablation\.capFactor or templates\.short\.maxNewTokens to have room for all$/m.exec(
      printed,
    )!;
  assert.equal(Number(all), Number(list) + 800);
  const { printed: shorter } = await dryRun(
    t,
    'beyond-positions',
    longer('short', { maxNewTokens: 80 }),
  );
  assert.doesNotMatch(shorter, /^note:/m);
});

test('SAEs of a width of a million are planned', async (t) => {
  const { printed } = await dryRun(t, 'width-1m', (study) => ({
    ...longer('long', { maxNewTokens: 300 })({
      ...study,
      ...longer('plain', { maxNewTokens: 300 })(study),
    }),
    model: { dir: 'data/models/miniature' },
    saes: { ...study.saes, ids: ['res_5'] },
  }));
  // Encoder and decoder of 2^20 features in float32, on the miniature’s residual stream.
  const { hidden_size: width } = JSON.parse(
    readFileSync(join(DATA, 'models/miniature/config.json'), 'utf8'),
  );
  const bytes = 4 * 2 ** 20 * 2 * width;
  const [, planned] = /^disk: .*SAEs ([\d.]+) GB/m.exec(printed)!;
  assert.ok(Math.abs(Number(planned) * 1e9 - bytes) < 0.05 * bytes, printed);
});

test('of a topic that the tokenizer cannot spell it is said what the prompt has instead', async (t) => {
  const { printed } = await dryRun(t, 'alike-by-slug');
  assert.match(
    printed,
    /^note: topic "C\+\+" has parts that the model's tokenizer has no token for: its prompts have <unk> there$/m,
  );
});
