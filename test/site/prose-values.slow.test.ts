import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { estimate, holds, named } from '../../site/lib/queries/estimate.ts';
import { openDatabase } from '../../site/lib/queries/query.ts';
import { openResults } from '../../site/lib/queries/results.ts';
import { hasRows } from '../../site/lib/study/has-rows.ts';
import { miniatureResults } from './built-site.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What the prose asks, with the component that shows it: those that say where a study has nothing. */
const ASKED = /<(Num|Either|Words)((?:\s+\w+(?:="[^"]*")?)*?)\s+sql="([^"]*)"/g;

test('every number and every wording of the text has a value in the miniature', async () => {
  const { dir, manifest } = openResults(miniatureResults());
  const study = { name: manifest.study, database: await openDatabase({ dir, manifest }) };
  const ask = {
    Num: (sql: string, where: string) => estimate(study, sql, where),
    Either: (sql: string, where: string) => holds(study, sql, where),
    Words: async (sql: string, where: string) => (await named(study, sql, where))[0] ?? null,
  };
  let asked = 0;
  for (const path of globSync(['content/*.mdx', 'site/figures/*/caption.mdx'], { cwd: ROOT })) {
    const text = readFileSync(join(ROOT, path), 'utf8');
    const table = /^table: (\w+)$/m.exec(text)?.[1];
    if (table !== undefined && !hasRows(manifest, table)) continue;
    for (const [, component, properties, sql] of text.matchAll(ASKED)) {
      if (properties!.includes('kind="run"')) continue;
      asked += 1;
      assert.notEqual(
        await ask[component as keyof typeof ask](sql!, path),
        null,
        `${path}: ${sql}`,
      );
    }
  }
  assert.ok(asked > 300, `${asked} queries`);
});
