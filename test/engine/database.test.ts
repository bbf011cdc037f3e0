import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DATABASE, writeDatabase } from '../../pipeline/engine/database.ts';
import { writeParquet } from '../../pipeline/engine/parquet.ts';
import { integer, table, text } from '../../pipeline/schema/table.ts';
import { tempDir } from '../temp.ts';

const words = table('words', 'one word', {
  word: text('the word'),
  length: integer("the word's length", 'letters'),
});

/** What a DuckDB shell that is started in `cwd` answers. */
function shell(cwd: string, sql: string): unknown {
  const script = `
    import { DuckDBInstance } from '${import.meta.resolve('@duckdb/node-api')}';
    const instance = await DuckDBInstance.create('${DATABASE}', { access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    const rows = (await connection.runAndReadAll(process.argv[1])).getRowsJS();
    console.log(JSON.stringify(rows));`;
  const args = ['--input-type=module', '--eval', script, sql];
  return JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }));
}

test('views read the tables from inside their folder, wherever it lies', async (t) => {
  const made = tempDir(t);
  const row = { word: 'end', length: 3 };
  await writeParquet(join(made, 'words.parquet'), words, [row]);
  await writeDatabase(made, [words]);
  await writeDatabase(made, [words]); // over an earlier one
  const moved = join(tempDir(t), 'elsewhere');
  cpSync(made, moved, { recursive: true });

  assert.deepEqual(shell(moved, 'SELECT * FROM words'), [['end', 3]]);
  assert.deepEqual(
    shell(
      moved,
      "SELECT comment FROM duckdb_columns() WHERE table_name = 'words' ORDER BY column_index",
    ),
    [['the word'], ["the word's length [letters]"]],
  );
});
