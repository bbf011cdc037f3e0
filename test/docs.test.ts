import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: ROOT }).sort()];

/** What a document names in the repository, without what a command makes, and without what stands for any name. */
const pathsOf = (document: string) =>
  [...read(document).matchAll(/`((?:pipeline|site|test|content|data)\/[^`\s]*)`/g)]
    .map(([, path]) => path!)
    .filter(
      (path) =>
        !/^data\/(results|cache|shards|training|explanations|graphs|saelens)\b|[<[…]/.test(path),
    );
/** Where a document's links lead within the project, from its root; those to other hosts are not followed. */
const linksOf = (document: string) =>
  [...read(document).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].map(([, link]) => {
    const [file, heading] = link!.split('#');
    return { file: file === '' ? document : join(dirname(document), file!), heading };
  });
/** A heading as it is named in an address. */
const idOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');

test('every path that a document names is there', () => {
  const isThere = (path: string) =>
    existsSync(join(ROOT, path)) || globSync(path, { cwd: ROOT }).length > 0;
  for (const document of DOCUMENTS)
    assert.deepEqual(
      pathsOf(document).filter((path) => !isThere(path)),
      [],
      document,
    );
  assert.ok(DOCUMENTS.flatMap(pathsOf).length > 100); // paths are seen at all
});

test('every link of a document leads to a file, and to a heading of it', () => {
  for (const document of DOCUMENTS)
    for (const { file, heading } of linksOf(document)) {
      assert.ok(existsSync(join(ROOT, file)), `${document}: ${file}`);
      if (heading === undefined) continue;
      const headings = [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, title]) => idOf(title!));
      assert.ok(headings.includes(heading), `${document}: ${file}#${heading}`);
    }
  assert.ok(linksOf('README.md').length > 10);
});

test('the README leads to every document', () => {
  const led = linksOf('README.md').map(({ file }) => file);
  assert.deepEqual(
    DOCUMENTS.filter((document) => document !== 'README.md' && !led.includes(document)),
    [],
  );
});

test('the README says why each dependency is there, and names no other', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'));
  const readme = read('README.md');
  const table = readme.slice(
    readme.indexOf('## Why each dependency'),
    readme.indexOf('## Licence'),
  );
  const named = [...table.matchAll(/^\| (`.*`) \|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
  );
  const wanted = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
  assert.deepEqual(named.toSorted(), wanted.toSorted());
});

test('every folder of the pipeline has a line in the README’s tree', () => {
  const rooms = globSync('pipeline/*/', { cwd: ROOT }).map((path) => path.split('/')[1]!);
  const readme = read('README.md');
  for (const room of rooms) assert.match(readme, new RegExp(`^  ${room}/ `, 'm'), room);
});
