import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fetchFile, fetchJson } from '../../site/client/fetch-file.ts';
import { tempDir } from '../temp.ts';
import { serve } from './serve.ts';

test('a file that does not come is named, with the status and what to do', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'rows.json'), '{"n":[1,2]}');
  const { url, server } = await serve(dir, '/list/');
  t.after(() => server.close());
  assert.deepEqual(await fetchJson(`${url}rows.json`), { n: [1, 2] });
  assert.equal(await (await fetchFile(`${url}rows.json`)).text(), '{"n":[1,2]}');
  for (const fetched of [fetchFile, fetchJson])
    await assert.rejects(fetched(`${url}lost.json`), {
      message: `${url}lost.json: status 404: reload the page`,
    });
});
