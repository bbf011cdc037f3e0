import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bibtexOf, readCitation } from '../../site/lib/text/citation.ts';

const ROOT = join(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, 'CITATION.cff'), 'utf8');

const PEOPLE = '- given-names: Ada\n    family-names: Lovelace\n  - name: The group';

test('the citation has the version of the package and the licence’s holders', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const cited = readCitation(text);
  assert.equal(cited.version, version);
  const licence = readFileSync(join(ROOT, 'LICENSE'), 'utf8');
  for (const author of cited.authors) assert.ok(licence.includes(author), author);
});

test('BibTeX has people by name, a group in braces, and the address where there is one', () => {
  const named = readCitation(
    `${text.replace(/- name: .*/, PEOPLE)}repository-code: https://code.example/list\n`,
  );
  assert.deepEqual(named.authors, ['Ada Lovelace', 'The group']);
  assert.equal(named.repository, 'https://code.example/list');
  const bibtex = bibtexOf(named, 'https://site.example/');
  assert.match(bibtex, /^@misc\{how-a-list-ends,\n/);
  assert.match(bibtex, /author = \{Ada Lovelace and \{The group\}\},/);
  assert.match(bibtex, /year = \{\d{4}\},/);
  assert.match(bibtex, /url = \{https:\/\/site\.example\/\},\n\}$/);
  assert.doesNotMatch(bibtexOf(named), /url/);
});

test('a citation without a title is refused', () => {
  assert.throws(() => readCitation(text.replace(/^title: .*$/m, '')), /title/);
});
