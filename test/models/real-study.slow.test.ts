import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type Manifest, readManifest, verify } from '../../pipeline/schema/manifest.ts';
import { computeIn, REAL_STUDY, smallRealRoot } from '../small-study.ts';
import { PROMISED_OF_FEW_STAGES, RULES_OF_FEW_STAGES } from '../stages/study-rules.ts';
import { tempDir } from '../temp.ts';
import { SMOLLM2 } from '../weights.ts';

suite('two topics of SmolLM2 through every stage', { skip: SMOLLM2.skip }, () => {
  const cleanUp: (() => void)[] = [];
  const scope = { after: (remove: () => void) => void cleanUp.push(remove) };
  after(() => {
    for (const remove of cleanUp) remove();
  });
  let root: string;
  let results: string;
  let manifest: Manifest;
  let connection: DuckDBConnection;
  const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJS();
  const compute = () => computeIn(root, { model: SMOLLM2.path, provider: 'cpu' }, REAL_STUDY);

  before(async () => {
    root = smallRealRoot(tempDir(scope));
    results = join(root, 'data/results', REAL_STUDY);
    const { status, printed } = await compute();
    assert.equal(status, 0, printed);
    manifest = readManifest(results)!;
    connection = await (await DuckDBInstance.create(join(results, 'study.duckdb'))).connect();
    await connection.run(`SET file_search_path = '${results}'`);
  });

  test('every stage ran, and the manifest says what it took', () => {
    assert.deepEqual(verify(results, manifest), []);
    for (const number of [1, 2, 3, 4, 5, 6, 7, 8, 9])
      assert.ok(
        Object.keys(manifest.stages).some((name) => name.startsWith(`${number}-`)),
        `${number}`,
      );
    for (const [name, { seconds, peak_mb }] of Object.entries(manifest.stages))
      assert.ok(seconds >= 0 && peak_mb > 50 && peak_mb < 8000, `${name}: ${peak_mb} MB`);
    assert.ok(Object.values(manifest.stages).some(({ seconds }) => seconds >= 1));
  });

  test('the tables say what model wrote them, and what ends its lists', () => {
    assert.equal(manifest.model_kind, 'instruct');
    assert.deepEqual(manifest.form.events, {
      item: { end: '<|im_end|>', again: '\n' },
      newline: { end: '<|im_end|>', again: '-' },
    });
    assert.ok(manifest.model_revision.startsWith(SMOLLM2.sha256));
  });

  test('the promised columns are there', async () => {
    for (const [table, columns] of PROMISED_OF_FEW_STAGES) {
      const found = (await query(`DESCRIBE ${table}`)).map(([name]) => name);
      for (const column of columns.split(' ')) assert.ok(found.includes(column), column);
    }
  });

  for (const [rule, sql] of RULES_OF_FEW_STAGES)
    test(rule, async () => {
      assert.deepEqual(await query(sql), []);
    });

  test('a list of colours ends by itself, and its SAEs were trained for the study', async () => {
    const [[ended] = []] = await query(
      "SELECT count(*)::INTEGER FROM completions WHERE topic = 'Colors' AND ended AND n_items > 2",
    );
    assert.ok(Number(ended) >= 1);
    assert.deepEqual(
      await query('SELECT DISTINCT sae_id, n_features::INTEGER FROM sae_quality ORDER BY sae_id'),
      [
        ['att_12', 64],
        ['res_10', 64],
      ],
    );
    const { metadata } = manifest.files['sae_quality.parquet']!;
    assert.match(metadata.sae_revision!, /^[0-9a-f]{64}$/);
  });

  test('the other form was asked for every topic and prompt, and both forms were averaged alike', async () => {
    const [[lists] = []] = await query(
      'SELECT count(DISTINCT sample_id)::INTEGER FROM robustness_lists',
    );
    assert.equal(lists, 2 * 3);
    assert.deepEqual(
      await query(
        "SELECT DISTINCT form FROM robustness WHERE metric = 'word_effect' ORDER BY form",
      ),
      [['hyphens-turn'], ['hyphens-turn-examples']],
    );
  });

  test('a second run finds everything up to date', async () => {
    const { status, printed } = await compute();
    assert.equal(status, 0);
    assert.equal(printed.match(/up to date/g)?.length, Object.keys(manifest.stages).length);
  });
});
