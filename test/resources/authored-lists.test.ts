import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeParquet } from '../../pipeline/engine/parquet.ts';
import {
  authoredListsResource,
  BY_HAND_FILE,
  listsByHand,
} from '../../pipeline/resources/authored-lists.ts';
import { completions } from '../../pipeline/schema/completions.ts';
import { items } from '../../pipeline/schema/items.ts';
import { type FileEntry, writeManifest } from '../../pipeline/schema/manifest.ts';
import { sha256 } from '../../pipeline/schema/sha256.ts';
import { PROVENANCE } from '../provenance.ts';
import { listRow } from '../stages/lists.ts';
import { tempDir } from '../temp.ts';

const itemRow = (sample_id: string, item_index: number, text: string) => ({
  sample_id,
  item_index,
  items_from_end: null,
  text,
  n_tokens: 1,
  blank_after: false,
  is_repeat: false,
  pos_last_token: 11 + 3 * item_index,
  pos_newline: null,
});

/** Publish a study with lists of rivers, as `--publish` writes it. */
async function publishRivers(root: string, name: string): Promise<void> {
  const dir = join(root, 'data/published', name);
  mkdirSync(dir, { recursive: true });
  const lists = [
    listRow('Rivers', 0),
    listRow('Rivers', 1),
    listRow('Rivers', 0, { sample_id: 'long', template: 'long', ended: false }),
    listRow('Rivers', 0, { sample_id: 'hot', temperature: 1.3 }),
  ];
  await writeParquet(join(dir, 'completions.parquet'), completions, lists);
  await writeParquet(join(dir, 'items.parquet'), items, [
    itemRow('Rivers short 0', 0, 'Elbe'),
    itemRow('Rivers short 0', 1, 'Oder'),
    itemRow('Rivers short 1', 0, 'Nile'),
    itemRow('hot', 0, 'Lena'),
    itemRow('long', 0, 'Don'),
  ]);
  const files = Object.fromEntries(
    ['completions', 'items'].map((table): [string, FileEntry] => {
      const bytes = readFileSync(join(dir, `${table}.parquet`));
      const metadata = { ...PROVENANCE, study: name };
      return [
        `${table}.parquet`,
        {
          table,
          row: table,
          rows: 1,
          bytes: bytes.length,
          sha256: sha256(bytes),
          stage: '1-generate',
          metadata,
        },
      ];
    }),
  );
  writeManifest(dir, { ...PROVENANCE, study: name, files, stages: {} });
}

test('another study gives the first list of each topic and template, once it is published', async (t) => {
  const root = tempDir(t);
  const before = authoredListsResource(root, ['other']);
  assert.deepEqual(await before.open(), [
    { author: 'by-hand', lists: [], absent: `no file ${BY_HAND_FILE}` },
    {
      author: 'other',
      lists: [],
      absent: 'no published lists in data/published/other: completions.parquet: missing',
    },
  ]);
  await publishRivers(root, 'other');
  const after = authoredListsResource(root, ['other']);
  assert.notEqual(after.content, before.content);
  const [, other] = await after.open();
  assert.deepEqual(other, {
    author: 'other',
    absent: null,
    lists: [
      {
        author: 'other',
        topic: 'Rivers',
        template: 'short',
        items: ['Elbe', 'Oder'],
        ended: true,
      },
      { author: 'other', topic: 'Rivers', template: 'long', items: ['Don'], ended: false },
    ],
  });
  cpSync(join(root, 'data/published/other'), join(root, 'data/published/copied'), {
    recursive: true,
  });
  assert.throws(() => authoredListsResource(root, ['copied']), {
    message:
      'data/published/copied/manifest.json: of the study other, and the folder is that of copied: restore the folder',
  });
  writeFileSync(join(root, 'data/published/other/items.parquet'), 'altered');
  const [, altered] = await authoredListsResource(root, ['other']).open();
  assert.match(altered!.absent!, /items\.parquet: altered/);
});

test('a fault in the file of lists by hand is named', () => {
  assert.throws(
    () => listsByHand('Rivers: {short: [Nile]}', 'x.yaml'),
    /^Error: x\.yaml: Rivers\.long: /,
  );
  assert.throws(
    () => listsByHand('Rivers: {short: [1984], long: [Nile]}', 'x.yaml'),
    /^Error: x\.yaml: Rivers\.short\.0: .*give each topic a short and a long list of names$/,
  );
  assert.throws(() => listsByHand('Rivers: [', 'x.yaml'), /^Error: x\.yaml: not YAML: /);
  for (const yaml of ['Rivers: !river {}', 'Rivers: 1\nRivers: 2', 'a: 1\n---\nb: 2'])
    assert.throws(
      () => listsByHand(yaml, 'x.yaml'),
      /^Error: x\.yaml: not YAML: [^\n]*[^:]: mend it$/,
    );
  assert.throws(() => listsByHand('[]', 'x.yaml'), /^Error: x\.yaml: Invalid input: [^\n]+$/);
  // Ten lists of ten lists of … ten names.
  const names = Array.from(
    { length: 9 },
    (_, i) => `- &a${i} [${Array(10).fill(i ? `*a${i - 1}` : 'Elbe')}]`,
  );
  assert.throws(
    () => listsByHand(names.join('\n'), 'x.yaml'),
    /^Error: x\.yaml: not YAML: its aliases stand for too many values[^\n]+: mend it$/,
  );
});

test('an item by hand is text of one line, as it would stand in a list', () => {
  const listsOf = (name: string) =>
    listsByHand(JSON.stringify({ Rivers: { short: [name], long: ['Nile'] } }), 'x.yaml');
  assert.deepEqual(listsOf('Rhône-Alpes 2')[0]!.items, ['Rhône-Alpes 2']);
  for (const name of [
    'Elbe\nOder',
    'Elbe\u200b',
    ' Elbe',
    'Elbe ',
    ' ',
    'El\u0007be',
    '\ud800',
    'x'.repeat(201),
  ])
    assert.throws(
      () => listsOf(name),
      /^Error: x\.yaml: Rivers\.short\.0: [^\n]+, found ".*: give each topic [^\n]+$/,
      JSON.stringify(name),
    );
});

test('a topic by hand stands once, as a study spells it', () => {
  const lists = '{ short: [Nile], long: [Nile] }';
  assert.throws(
    () => listsByHand(`Rivers: ${lists}\nrivers: ${lists}`, 'x.yaml'),
    /^Error: x\.yaml: rivers: expected each topic once: mend it$/,
  );
  assert.throws(() => listsByHand(`" Rivers": ${lists}`, 'x.yaml'), /^Error: x\.yaml: {2}Rivers: /);
});

test('a topic by hand is not lost, whatever JavaScript calls so', () => {
  const lists = '{ short: [Nile], long: [Nile] }';
  assert.deepEqual(
    listsByHand(`constructor: ${lists}`, 'x.yaml').map(({ topic }) => topic),
    ['constructor', 'constructor'],
  );
  assert.throws(
    () => listsByHand(`__proto__: ${lists}`, 'x.yaml'),
    /^Error: x\.yaml: __proto__: no name of a topic: choose another$/,
  );
});
