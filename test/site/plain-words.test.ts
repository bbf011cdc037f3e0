import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { FORM_NAMES } from '../../pipeline/lists/forms.ts';
import { plainWord } from '../../site/lib/plain-words.ts';
import { FUNCTIONS } from '../../site/lib/queries/views.ts';

/** What a query's expression gives, with the report's functions and without a study. */
async function asker(): Promise<(expression: string) => Promise<unknown>> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  for (const [signature, sql] of Object.entries(FUNCTIONS))
    await connection.run(`CREATE MACRO ${signature} AS ${sql}`);
  return async (expression) =>
    (await connection.runAndReadAll(`SELECT ${expression}`)).getRows()[0]![0];
}

test('every form of list is said in words, on a page and in a query alike', async () => {
  const ask = await asker();
  for (const name of [...FORM_NAMES, 'random'])
    assert.equal(await ask(`plain_word('${name}')`), plainWord(name));
  for (const name of FORM_NAMES) assert.doesNotMatch(plainWord(name), /hyphens-/);
  assert.equal(plainWord('random'), 'random');
});

test('numbers in a query’s texts have the minus sign of the pages, and 0 has none', async () => {
  const ask = await asker();
  const inBrackets = (numbers: readonly number[], form: string) =>
    ask(`in_brackets(${numbers.map((x) => `${x}::DOUBLE`).join()}, '${form}')`);
  assert.equal(await inBrackets([-5, -12, 3], '%.0f'), '−5 [−12, 3]');
  assert.equal(await inBrackets([-0.04, -0.5, 0.2], '%.1f'), '0.0 [−0.5, 0.2]');
  assert.equal(await inBrackets([-0.4, -0.3, -0.2], '%.0f'), '0 [0, 0]');
  assert.equal(await inBrackets([-0.05, -10, -0.01], '%.2f'), '−0.05 [−10.00, −0.01]');
  assert.equal(await ask("in_brackets(NULL, -10::DOUBLE, 0::DOUBLE, '%.2f')"), null);
});
