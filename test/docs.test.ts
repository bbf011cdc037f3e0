import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

for (const document of [
  'README.md',
  'CONTRIBUTING.md',
  'docs/faults.md',
  'docs/forms.md',
  'docs/many-machines.md',
  'docs/saes.md',
  'docs/your-own-model.md',
]) {
  test(`every path that ${document} names is there`, () => {
    const paths = [...read(document).matchAll(/`((?:pipeline|site|test|content|data)\/[^`\s]*)`/g)]
      .map(([, path]) => path!)
      // What is made by a command, or stands for any name.
      .filter(
        (path) =>
          !/^data\/(results|cache|shards|training|explanations|graphs|saelens)\b|[<[…]/.test(path),
      );
    const missing = paths.filter(
      (path) => !existsSync(join(ROOT, path)) && globSync(path, { cwd: ROOT }).length === 0,
    );
    assert.deepEqual(missing, []);
    assert.ok(paths.length > 0); // paths are seen at all
  });
}

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
