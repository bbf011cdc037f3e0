import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { unpackGguf } from '../../../pipeline/sources/gguf-model.ts';
import type { GgufChoice } from '../../../pipeline/sources/gguf-places.ts';
import { modelFolder } from '../../../pipeline/sources/model-folder.ts';
import { loadModel } from '../../../pipeline/subjects/load-model.ts';
import { tempDir } from '../../temp.ts';
import { goldenGguf } from '../formats/gguf/write-gguf.ts';
import { type Client, serve } from './gemma.ts';
import { type Fault, type HubContent, sha256 } from './server.ts';

const FIRST = 'one/llama-GGUF';
const SECOND = 'two/llama-GGUF';
const FILE = 'llama.Q8_0.gguf';
const COMMIT = '4'.repeat(40);
const BYTES = readFileSync(goldenGguf('llama_A_q8_0.gguf'));
const SHA256 = sha256(BYTES);
const OTHER = readFileSync(goldenGguf('gemma3_A_q8_0.gguf'));

const place = (hub: string) => ({ hub, revision: 'main', file: FILE });
const choice: GgufChoice = { sha256: SHA256, places: [place(FIRST), place(SECOND)] };

interface Setting {
  /** The bytes that each of the two places has. */
  readonly first?: Buffer | null;
  readonly second?: Buffer | null;
  readonly fault?: HubContent['fault'];
  readonly env?: NodeJS.ProcessEnv;
}

/** Two repositories with the file, or with other bytes, or without it; and an empty folder for a study. */
async function served(t: TestContext, { first = BYTES, second = BYTES, fault, env }: Setting) {
  const folder = (bytes: Buffer | null) => {
    const dir = tempDir(t);
    writeFileSync(join(dir, 'README.md'), 'a card');
    if (bytes) writeFileSync(join(dir, FILE), bytes);
    return { dir, revision: COMMIT };
  };
  const repos = { [FIRST]: folder(first), [SECOND]: folder(second) };
  const client = await serve(t, { repos, ...(fault && { fault }) }, env);
  return { ...client, root: tempDir(t) };
}

type Machine = Client & { readonly root: string };

const find = (machine: Machine, gguf = choice, more: object = {}) =>
  modelFolder({ gguf }, { ...machine, ...more });

/** What a machine printed, as one text. */
const printed = ({ output }: Machine): string => output.text.join('');

const repositoriesAsked = ({ asked }: Machine): string[] => [
  ...new Set(asked.map(({ path }) => /(one|two)\/llama-GGUF/.exec(path)![0])),
];

test('a GGUF file of a branch is fetched without a token, by its hash, and unpacked', async (t) => {
  const machine = await served(t, {});
  const { id, dir, revision } = await find(machine);
  assert.equal(id, 'llama.Q8_0');
  assert.equal(dirname(dir), join(machine.root, 'data/cache/gguf'));
  assert.equal(revision, SHA256);
  assert.equal(loadModel(dir).dims.dVocab, 320);
  assert.deepEqual(repositoriesAsked(machine), [FIRST]);
  assert.ok(machine.asked.every(({ authorization }) => authorization === undefined));
  assert.deepEqual(
    readFileSync(join(machine.cache, 'models--one--llama-GGUF/blobs', SHA256)),
    BYTES,
  );
  const links = globSync('models--*/snapshots/*/*', { cwd: machine.cache });
  assert.deepEqual(links, [`models--one--llama-GGUF/snapshots/${COMMIT}/${FILE}`]);
  assert.equal(printed(machine), '');
});

test('what is on the machine is asked of nobody: unpacked, in the cache, or in a folder of the study', async (t) => {
  const machine = await served(t, {});
  const { revision } = await find(machine);
  machine.asked.length = 0;
  const offline = { ...machine, hub: { ...machine.hub, offline: true } };
  assert.equal((await find(offline)).revision, revision);
  const elsewhere = { ...offline, root: tempDir(t) };
  assert.equal((await find(elsewhere)).revision, revision);

  const without = await served(t, { env: { HF_HUB_OFFLINE: '1' } });
  const path = 'weights/llama.gguf';
  mkdirSync(dirname(join(without.root, path)));
  cpSync(goldenGguf('llama_A_q8_0.gguf'), join(without.root, path));
  const found = await find(without, { ...choice, places: [...choice.places, { path }] });
  assert.equal(found.revision, revision);
  assert.deepEqual([...machine.asked, ...without.asked], []);
});

test('a file of another name is known by its hash', async (t) => {
  const machine = await served(t, {});
  const gguf = { ...choice, places: [{ ...place(FIRST), file: 'llama-q8_0.gguf' }] };
  assert.equal((await find(machine, gguf)).revision, SHA256);
});

test('a download that was cut goes on where it ended, in a later run, too', async (t) => {
  let cut = true;
  const fault = ({ host }: { host: string }): Fault | undefined =>
    cut && host === 'cdn' ? { cutAfter: 10_000 } : undefined;
  const machine = await served(t, { fault, second: null });
  await assert.rejects(find(machine), /^Error: no place has llama\.Q8_0\.gguf/);
  assert.match(
    printed(machine),
    /^note: one\/llama-GGUF: .* the line was cut 5 times .* run again/,
  );
  cut = false;
  machine.asked.length = 0;
  assert.equal((await find(machine)).revision, SHA256);
  const ranges = machine.asked.flatMap(({ host, range }) => (host === 'cdn' ? [range] : []));
  assert.deepEqual(ranges, ['bytes=50000-']);
});

const ofFirst =
  (fault: Fault, verb = 'resolve'): HubContent['fault'] =>
  ({ host, path }) =>
    host === 'hub' && path.includes(`${FIRST}/${verb}`) ? fault : undefined;

suite('a place that does not serve is named in one line, and the next is tried', () => {
  const cases: Record<string, [Setting, RegExp]> = {
    'one that lacks the file': [
      { first: null },
      /one\/llama-GGUF: no llama\.Q8_0\.gguf at revision main$/,
    ],
    'one with other bytes': [
      { first: OTHER },
      /one\/llama-GGUF: llama\.Q8_0\.gguf has the SHA-256 [0-9a-f]{64}, and the study names 60406175ce78\w+: not used$/,
    ],
    'one that lists the right hash and sends other bytes': [
      {
        fault: ({ host, path }) =>
          host === 'cdn' && path.includes(FIRST)
            ? { body: Buffer.from(BYTES.map((byte, i) => (i === 5000 ? byte ^ 1 : byte))) }
            : undefined,
      },
      /one\/llama-GGUF: llama\.Q8_0\.gguf: wrong bytes \(hash .*\): removed; run again to fetch it$/,
    ],
    'one that is gated (401)': [
      { fault: ofFirst({ status: 401 }) },
      /one\/llama-GGUF: .* asks who you are \(401\): accept the licence at /,
    ],
    'one that is gated (403)': [
      { fault: ofFirst({ status: 403 }) },
      /one\/llama-GGUF: .* refuses access \(403\): accept the licence at /,
    ],
    'one without the branch': [
      { fault: ofFirst({ status: 404 }, 'revision') },
      /one\/llama-GGUF: not at .* at revision main \(404\): check repository and revision/,
    ],
    'one whose answer is no commit': [
      { fault: ofFirst({ body: Buffer.from('<html>') }, 'revision') },
      /one\/llama-GGUF: .* does not say the commit of main: check HF_ENDPOINT$/,
    ],
  };
  for (const [name, [setting, line]] of Object.entries(cases))
    test(name, async (t) => {
      const machine = await served(t, setting);
      assert.equal((await find(machine)).revision, SHA256);
      const lines = printed(machine).split('\n').slice(0, -1);
      assert.equal(lines.length, 1);
      assert.match(lines[0]!, line);
      assert.ok(lines[0]!.startsWith('note: '));
      assert.deepEqual(repositoriesAsked(machine), [FIRST, SECOND]);
    });

  test('a local file with other bytes', async (t) => {
    const machine = await served(t, {});
    writeFileSync(join(machine.root, 'mine.gguf'), OTHER);
    const gguf = { ...choice, places: [...choice.places, { path: 'mine.gguf' }] };
    assert.equal((await find(machine, gguf)).revision, SHA256);
    assert.match(printed(machine), /^note: .*\/mine\.gguf has the SHA-256 \w{64}, .*: not used\n$/);
    assert.ok(existsSync(join(machine.root, 'mine.gguf')));
  });
});

test('a file that was damaged in the cache is removed, and fetched again', async (t) => {
  const machine = await served(t, {});
  const { revision } = await find(machine);
  const blob = join(machine.cache, 'models--one--llama-GGUF/blobs', SHA256);
  writeFileSync(blob, BYTES.subarray(0, 1000));
  const other = { ...machine, root: tempDir(t) };
  assert.equal((await find(other)).revision, revision);
  assert.match(printed(machine), /^note: .* and the study names \w+: removed\n$/);
  assert.deepEqual(readFileSync(blob), BYTES);
});

const NONE = `no place has llama.Q8_0.gguf (SHA-256 ${SHA256}): mine.gguf, one/llama-GGUF (${FILE} at main), two/llama-GGUF (${FILE} at main)`;
const three = { ...choice, places: [{ path: 'mine.gguf' }, ...choice.places] };

test('where no place has it, one line names all of them, and the remedy', async (t) => {
  const machine = await served(t, { first: null, second: OTHER });
  await assert.rejects(find(machine, three), {
    message: `${NONE}: name it with --model FILE.gguf`,
  });
});

test('offline, a file that is not there is named, and nobody is asked', async (t) => {
  const machine = await served(t, { env: { HF_HUB_OFFLINE: '1' } });
  await assert.rejects(find(machine, three), {
    message: `${NONE}, and HF_HUB_OFFLINE is set: name it with --model FILE.gguf`,
  });
  assert.deepEqual(machine.asked, []);
});

test('where shapes are enough, a file that is not there is named with its size, and not fetched', async (t) => {
  const machine = await served(t, {});
  const refused = (size: string) => ({
    message: `llama.Q8_0.gguf is not on this machine, and the shapes are in it: run without --dry-run, which fetches it${size}, or name it with --model FILE.gguf`,
  });
  await assert.rejects(find(machine, choice, { withWeights: false }), refused(' (0.2 MB)'));
  assert.ok(machine.asked.every(({ path }) => !path.includes('/resolve/')));
  const offline = { withWeights: false, hub: { ...machine.hub, offline: true } };
  await assert.rejects(find(machine, choice, offline), refused(''));
  const { revision } = await find(machine);
  assert.equal((await find(machine, choice, { withWeights: false })).revision, revision);
});

test('--model FILE.gguf with other bytes is taken, and said to be another file', async (t) => {
  const machine = await served(t, {});
  const given = (name: string) => find(machine, choice, { override: goldenGguf(name) });
  const same = await given('llama_A_q8_0.gguf');
  assert.equal(printed(machine), '');
  const other = await given('gemma3_A_q8_0.gguf');
  assert.equal(
    printed(machine),
    `note: ${goldenGguf('gemma3_A_q8_0.gguf')} is not the file that the study names (SHA-256 ${SHA256})\n`,
  );
  assert.deepEqual([same.id, other.id], ['llama.Q8_0', 'llama.Q8_0']);
  assert.equal(other.revision, sha256(OTHER));
  assert.deepEqual(machine.asked, []);
});

test('an ungated repository in Hugging Face’s layout needs no token', async (t) => {
  const { dir } = unpackGguf(goldenGguf('llama_A_q8_0.gguf'), tempDir(t), () => {});
  const repo = 'HuggingFaceTB/SmolLM2-135M-Instruct';
  const machine = await serve(t, { repos: { [repo]: { dir, revision: COMMIT } } });
  const found = await modelFolder({ hub: repo, revision: COMMIT }, { root: '/', ...machine });
  assert.deepEqual([found.id, found.revision], [repo, COMMIT]);
  assert.equal(loadModel(found.dir).dims.dVocab, 320);
  assert.ok(machine.asked.length > 4);
  assert.ok(machine.asked.every(({ authorization }) => authorization === undefined));
});

test('on a disk without links, the file in the snapshot is the one that is read', async (t) => {
  const machine = await served(t, {});
  await find(machine);
  const folder = join(machine.cache, 'models--one--llama-GGUF');
  const link = join(folder, 'snapshots', COMMIT, FILE);
  rmSync(link);
  renameSync(join(folder, 'blobs', SHA256), link); // as it is left there (disk.test.ts)
  machine.asked.length = 0;
  const { revision } = await find({ ...machine, root: tempDir(t) });
  assert.equal(revision, SHA256);
  assert.deepEqual(machine.asked, []);
});
