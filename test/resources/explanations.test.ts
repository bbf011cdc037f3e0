import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Explanations, explanationsResource } from '../../pipeline/resources/explanations.ts';
import { tempDir } from '../temp.ts';

test('a feature of stored explanations has one spelling, and a text', async (t) => {
  const dir = tempDir(t);
  const open = async (content: string) => {
    writeFileSync(join(dir, 'res_1.json'), content);
    return (await explanationsResource(dir, ['res_1']).open()).forSae('res_1');
  };
  assert.deepEqual(
    [...(await open('{"7": "lists", "0": "ends"}'))],
    [
      [0, 'ends'],
      [7, 'lists'],
    ],
  );
  const refused = {
    message: `${join(dir, 'res_1.json')}: no texts by feature: delete it, or run "npm run explain" again`,
  };
  await assert.rejects(open('{"7": " "}'), refused);
  for (const feature of ['007', '-1', '1.5', '99999999999999999999', ''])
    await assert.rejects(
      open(JSON.stringify({ 7: 'lists', [feature]: 'other' })),
      refused,
      feature,
    );
});

test('a feature that the SAE does not have is of another SAE', (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'res_1.json'), '{"7": "lists", "384": "ends"}');
  const open = (features: number) =>
    explanationsResource(dir, ['res_1'], features).open() as Explanations;
  assert.equal(open(385).forSae('res_1').size, 2);
  assert.throws(() => open(384).forSae('res_1'), {
    message: `${join(dir, 'res_1.json')}: feature 384, and the SAE has 384: it is of another SAE: delete it, or run "npm run explain" again`,
  });
});
