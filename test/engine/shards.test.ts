import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  existsSync,
  globSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { runStage } from '../../pipeline/engine/run.ts';
import { runShard, writeKeptRows } from '../../pipeline/engine/run-shard.ts';
import { checkShards, placeShards } from '../../pipeline/engine/unite.ts';
import { ownerOf, wavesOf } from '../../pipeline/engine/waves.ts';
import { noMounts, smallDisk } from '../small-disk.ts';
import { type Scope, tempDir } from '../temp.ts';
import { doubles, numbers, revised, type ToyRun, type ToyStage, toyStudy } from './toy-study.ts';

const UNITS = ['a', 'b', 'c', 'd', 'e'];

/** The stage `count` with its work divided into units, which it counts; it fails at `brokenAt`. */
function dividedToy(t: Scope) {
  const { run, count, double } = toyStudy(t);
  const state = { done: [] as string[], brokenAt: '' };
  const stage: ToyStage = {
    ...count,
    divided: 'letters',
    async run({ settings: { first = 0 }, write, keep, keepMany, divide }) {
      const one = (unit: string) =>
        keep(unit, async () => {
          if (unit === state.brokenAt) throw new Error('the node is lost');
          state.done.push(unit);
          return { n: first + unit.charCodeAt(0) };
        });
      const many = (unit: string) =>
        keepMany<number>(`${unit}-many`, async (put) => {
          for (let i = 2; i >= 0; i--) put(i, first * i);
        });
      await divide(UNITS, async (own) => {
        for (const unit of own) await Promise.all([one(unit), many(unit)]);
      });
      for (const unit of UNITS)
        write(numbers, [await one(unit), ...[...(await many(unit))].map((n) => ({ n }))]);
    },
  };
  const dir = join(tempDir(t), 'shards');
  const divided: ToyRun = { ...run, stages: [stage, double] };
  return { run: divided, stage, state, dir };
}

type Toy = ReturnType<typeof dividedToy>;

const shard = ({ run, stage, dir }: Toy, number: number, of = 2) =>
  runShard(run, stage, { number, of, dir }, () => {});

async function problemOf({ run, stage, dir }: Toy, of?: number): Promise<string> {
  const checked = await checkShards(run, stage, { dir, of });
  return 'problem' in checked ? checked.problem : '';
}

async function unite({ run, stage, dir }: Pick<Toy, 'run' | 'stage' | 'dir'>): Promise<void> {
  const checked = await checkShards(run, stage, { dir });
  assert.ok('united' in checked, JSON.stringify(checked));
  placeShards(run, stage, checked.united);
  await runStage(run, stage, () => {}, { spent: checked.united.costs });
}

const bytesOf = (run: ToyRun, file = 'numbers.parquet') => readFileSync(join(run.results, file));
const folderOf = ({ dir }: Toy, name: string): string => globSync(join(dir, 'count/*', name))[0]!;

/** The toy's table as one machine writes it. */
async function wantedBytes(t: Scope): Promise<Buffer> {
  const { run, stage } = dividedToy(t);
  await runStage(run, stage, () => {});
  return bytesOf(run);
}

test('shards do each unit once, and their table has the bytes of one machine’s', async (t) => {
  for (const total of [1, 2, 3, 7]) {
    const toy = dividedToy(t);
    for (let number = total; number >= 1; number--) {
      const { own, units } = await shard(toy, number, total);
      assert.equal(units, 5);
      assert.deepEqual(
        own,
        [0, 1, 2, 3, 4].filter((unit) => unit % total === number - 1),
      );
    }
    assert.deepEqual(toy.state.done.toSorted(), UNITS);
    assert.equal(existsSync(toy.run.results), false);
    await unite(toy);
    assert.deepEqual(toy.state.done.toSorted(), UNITS);
    assert.deepEqual(bytesOf(toy.run), await wantedBytes(t));
  }
});

test('a shard that died goes on with its next unit, and one that is done does nothing', async (t) => {
  const toy = dividedToy(t);
  toy.state.brokenAt = 'c';
  await assert.rejects(shard(toy, 1), /^Error: the node is lost$/);
  toy.state.brokenAt = '';
  await shard(toy, 1);
  assert.deepEqual(toy.state.done, ['a', 'c', 'e']);
  assert.equal((await shard(toy, 1)).wasDone, true);
  assert.deepEqual(toy.state.done, ['a', 'c', 'e']);
  assert.deepEqual(
    readdirSync(folderOf(toy, '1-of-2')).filter((name) => /partial|tmp/.test(name)),
    [],
  );
});

test('a shard that runs twice at once leaves the files of one run, as its entry has them', async (t) => {
  const toy = dividedToy(t);
  await Promise.all([shard(toy, 1), shard(toy, 1), shard(toy, 2)]);
  await shard(toy, 1);
  await unite(toy);
  assert.deepEqual(bytesOf(toy.run), await wantedBytes(t));
});

test('a missing shard is named with the command that runs it', async (t) => {
  const toy = dividedToy(t);
  assert.match(
    await problemOf(toy),
    /^count: no shard is there: run "npm run compute -- toy --shards 2 --shard 1"/,
  );
  await shard(toy, 2, 3);
  assert.equal(
    await problemOf(toy),
    'count: shard 1 of 3 is missing; shard 3 of 3 is missing: run each again: "npm run compute -- toy --shards 3 --shard 1"',
  );
  await shard(toy, 1, 3);
  assert.match(
    await problemOf(toy),
    /^count: shard 3 of 3 is missing: run it again: .*--shard 3"$/,
  );
});

test('a shard that has begun is missing until its entry is there', async (t) => {
  const toy = dividedToy(t);
  await shard(toy, 2);
  toy.state.brokenAt = 'e';
  await assert.rejects(shard(toy, 1));
  assert.match(await problemOf(toy), /^count: shard 1 of 2 is missing: /);
});

test('a shard of another setting is told from one that is missing, and is done again', async (t) => {
  const toy = dividedToy(t);
  await shard(toy, 1);
  const other = { ...toy, run: revised(toy.run, { settings: { first: 7 } }) };
  await shard(other, 2);
  assert.equal(
    await problemOf(other),
    'count: shard 1 of 2 has another key (changed: setting first): run it again: "npm run compute -- toy --shards 2 --shard 1"',
  );
  await shard(other, 1);
  await unite(other);
});

test('a shard that was planned for another memory, or ran elsewhere, has another key', async (t) => {
  const toy = dividedToy(t);
  const planned = (n: number): ToyRun => ({
    ...toy.run,
    plan: async (stage) => ({ ...(await toy.run.plan(stage)), settings: { other: n } }),
  });
  await shard({ ...toy, run: planned(4) }, 1);
  await shard({ ...toy, run: planned(8) }, 2);
  assert.match(
    await problemOf({ ...toy, run: planned(8) }),
    /^count: shard 1 of 2 has another key \(changed: planned other\): /,
  );
  const elsewhere = { ...planned(8), provenance: { ...toy.run.provenance, provider: 'cuda' } };
  assert.match(await problemOf({ ...toy, run: elsewhere }), /\(changed: provider\)/);
});

test('units in shards of two numbers are doubled: one number has to be named', async (t) => {
  const toy = dividedToy(t);
  for (const total of [1, 2])
    for (let number = 1; number <= total; number++) await shard(toy, number, total);
  assert.equal(
    await problemOf(toy),
    'count: its units are there more than once, in shards of 1 and of 2: name one number with --shards',
  );
  assert.equal(await problemOf(toy, 2), '');
});

test('a copy in the place of another shard, and a unit that two shards have, are refused', async (t) => {
  const toy = dividedToy(t);
  for (const number of [1, 2]) await shard(toy, number);
  const [one, two] = [folderOf(toy, '1-of-2'), folderOf(toy, '2-of-2')];
  const entry = join(two, 'shard.json');
  const text = readFileSync(entry, 'utf8');
  const edited = (change: object) =>
    writeFileSync(entry, JSON.stringify({ ...JSON.parse(text), ...change }));
  edited({ own: [1, 2, 3] });
  assert.match(
    await problemOf(toy),
    /^count: unit 3 of 5 is in shards 1 and 2: delete their folder, /,
  );
  edited({ own: [1] });
  assert.match(await problemOf(toy), /^count: unit 4 of 5 is in no shard: /);
  edited({ units: 6 });
  assert.match(
    await problemOf(toy),
    /^count: shard 1 of 2 has divided it into 5 units, another one into 6: /,
  );
  edited({ own: 'all' });
  assert.match(
    await problemOf(toy),
    /^count: shard 2 of 2 cannot be read \(.*shard\.json: own: .*\): run it again/,
  );
  rmSync(two, { recursive: true });
  cpSync(one, two, { recursive: true });
  assert.match(await problemOf(toy), /^count: shard 2 of 2 is that of shard 1: delete /);
});

test('a damaged part is found, and the shard does it again, alone', async (t) => {
  const toy = dividedToy(t);
  for (const number of [1, 2]) await shard(toy, number);
  const folder = folderOf(toy, '1-of-2');
  for (const pattern of ['a.json', 'c-many.index.json', 'c-many.*.values']) {
    const damaged = basename(globSync(join(folder, pattern))[0]!);
    appendFileSync(join(folder, damaged), ' ');
    assert.match(
      await problemOf(toy),
      new RegExp(`^count: shard 1 of 2 is damaged \\(${damaged.slice(0, 8)}.*\\): run it again: `),
    );
    toy.state.done.length = 0;
    assert.equal((await shard(toy, 1)).wasDone, false);
    assert.deepEqual(toy.state.done, damaged === 'a.json' ? ['a'] : []);
    assert.equal(await problemOf(toy), '');
  }
  await unite(toy);
  assert.deepEqual(bytesOf(toy.run), await wantedBytes(t));
});

test('a gather that was killed after it began is followed by one with the same bytes', async (t) => {
  const toy = dividedToy(t);
  for (const number of [1, 2]) await shard(toy, number);
  const checked = await checkShards(toy.run, toy.stage, { dir: toy.dir });
  assert.ok('united' in checked);
  placeShards(toy.run, toy.stage, checked.united);
  await unite(toy);
  assert.deepEqual(bytesOf(toy.run), await wantedBytes(t));
});

test('a disk that is full in the middle of a shard: one line, and it goes on where there is room', {
  skip: noMounts,
}, async (t) => {
  const toy = { ...dividedToy(t), dir: join(smallDisk(t, 256), 'shards') };
  let bytes = 300_000;
  const stage: ToyStage = {
    ...toy.stage,
    run: ({ divide, keep }) =>
      divide([1, 2, 3], async (own) => {
        for (const n of own) await keep(`part-${n}`, async () => 'x'.repeat(n === 1 ? 10 : bytes));
      }),
  };
  const onSmall = { ...toy, stage };
  await assert.rejects(
    shard(onSmall, 1, 1),
    /part-2\.json: cannot be written: no space is left on the disk: free some, and run again$/,
  );
  assert.deepEqual(readdirSync(folderOf(toy, '1-of-1')), ['part-1.json']);
  bytes = 1000;
  await shard(onSmall, 1, 1);
});

test('a stage that is not divided is computed by one shard, and its rows are written as they were', async (t) => {
  const { run, count, double } = toyStudy(t);
  await runStage(run, count, () => {});
  const dir = join(tempDir(t), 'shards');
  const stage: ToyStage = { ...double, graphs: () => [] };
  const whole = { ...run, stages: [count, stage] };
  const owners: number[] = [];
  for (const number of [1, 2, 3]) {
    const { own } = await runShard(whole, stage, { number, of: 3, dir }, () => {});
    if (own.length > 0) owners.push(number);
  }
  assert.deepEqual(owners, [ownerOf(whole.stages, stage, 3)]);
  const checked = await checkShards(whole, stage, { dir });
  assert.ok('united' in checked);
  placeShards(whole, stage, checked.united);
  await runStage(whole, stage, () => {}, { work: writeKeptRows(stage) });
  const united = bytesOf(run, 'doubles.parquet');
  rmSync(join(run.results, 'doubles.parquet'));
  await runStage(whole, stage, () => {});
  assert.deepEqual(united, bytesOf(run, 'doubles.parquet'));
});

test('a stage of shards is one wave after those that it reads, and the rest follows in their gather', (t) => {
  const { count, double, measure } = toyStudy(t);
  const graphs = () => [];
  const last: ToyStage = { ...measure, name: 'last', reads: [doubles], writes: [] };
  assert.deepEqual(
    [...wavesOf([{ ...count, divided: 'letters' }, double, { ...last, graphs }, measure])],
    [
      ['count', 1],
      ['double', 1],
      ['last', 2],
      ['measure', 1],
    ],
  );
});
