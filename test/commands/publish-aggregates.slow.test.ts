import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { releasedRun } from '../../pipeline/commands/compose.ts';
import { publishAggregates } from '../../pipeline/commands/publish-aggregates.ts';
import { runStage } from '../../pipeline/engine/run.ts';
import { loadStudy } from '../../pipeline/study/load-study.ts';
import { RELEASED, WITHOUT_RELEASED } from '../released.ts';
import { tempDir } from '../temp.ts';

const ROOT = join(import.meta.dirname, '../..');
const PUBLISHED = join(ROOT, 'data/published');

const csv = (file: string): Record<string, string>[] => {
  const [head, ...lines] = readFileSync(join(PUBLISHED, file), 'utf8').trimEnd().split('\n');
  const names = head!.split(',');
  return lines.map((line) =>
    Object.fromEntries(line.split(',').map((value, i) => [names[i]!, value])),
  );
};

test('the published aggregates are those of the released data, byte for byte', {
  skip: WITHOUT_RELEASED,
}, async (t) => {
  const dir = tempDir(t);
  const study = loadStudy(join(ROOT, 'data/studies'), 'original');
  assert.equal(study.kind, 'original');
  // The write-up's own tables, which claims are held against.
  cpSync(PUBLISHED, join(dir, 'data/published'), { recursive: true });
  const run = releasedRun(study, RELEASED, dir);
  for (const stage of run.stages) await runStage(run, stage, () => {});
  const written = await publishAggregates(run.results, join(dir, 'published'));
  const committed = readdirSync(PUBLISHED).filter((file) => file.startsWith('original-'));
  assert.deepEqual(readdirSync(join(dir, 'published')).sort(), committed.sort());
  for (const path of written)
    assert.ok(
      readFileSync(path).equals(readFileSync(join(PUBLISHED, path.split('/').at(-1)!))),
      `${path} differs: npm run compute -- original --from ${RELEASED} --publish`,
    );
});

/** Means over the rows of one group, to the six digits that the author's tables print. */
function meansBy(key: 'sae_id' | 'topic') {
  const groups = Map.groupBy(csv('original-ablation-counts.csv'), (row) => row[key]!);
  return (name: string, column: string) => {
    const rows = groups.get(name)!;
    return (rows.reduce((sum, row) => sum + Number(row[column]), 0) / rows.length).toFixed(6);
  };
}

for (const [key, file, n] of [
  ['sae_id', 'ablation-by-sae.csv', 7],
  ['topic', 'ablation-by-topic.csv', 23],
] as const)
  test(`every figure of ${file} is a folded mean or a variance, to all digits printed`, () => {
    const mean = meansBy(key);
    const rows = csv(file);
    assert.equal(rows.length, n);
    for (const row of rows) {
      const name = row[key]!;
      assert.equal(mean(name, 'hyphens_folded'), row.items_mean, name);
      assert.equal(mean(name, 'hyphens_variance'), row.items_variance, name);
      assert.equal(mean(name, 'lines_shannon_folded'), row.shannon_mean, name);
      assert.equal(mean(name, 'lines_shannon_variance'), row.shannon_variance, name);
    }
  });

test('tuples that stand in two files are counted once', async () => {
  const counts = csv('original-tuples.csv');
  const sum = (rows: typeof counts) => rows.reduce((n, { n_tuples }) => n + Number(n_tuples), 0);
  const again = counts.filter(({ is_again }) => is_again === 'true');
  assert.equal(sum(counts), 161000);
  // Those of res_0 stand in both files of SAEs, and the file of all residual SAEs ranks a part of another anew.
  assert.equal(sum(again.filter(({ file }) => file!.includes('avg_l0'))), 5750);
  assert.equal(sum(again.filter(({ file }) => file!.includes('all_resid'))), 11500);
  assert.equal(sum(counts) - sum(again), 143750);
});

test('the author’s count and diversity of every single list are those of the released lists', () => {
  const ours = new Map(csv('original-lists.csv').map((row) => [row.topic! + row.replicate, row]));
  const rows = csv('items-by-list.csv');
  assert.equal(rows.length, 115);
  for (const { topic, replicate, items, shannon } of rows) {
    const list = ours.get(topic! + replicate)!;
    assert.equal(list.n_hyphens, items, `${topic} ${replicate}`);
    assert.equal(Number(list.shannon_lines).toFixed(6), shannon, `${topic} ${replicate}`);
  }
});
