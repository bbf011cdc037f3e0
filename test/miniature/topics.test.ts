import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { normalizeItem } from '../../pipeline/lists/parse-list.ts';
import { TOPICS, topicTree } from '../../pipeline/miniature/topics.ts';
import { DATA, itemTokens, TOPIC_NAMES, tokenizer } from './miniature.ts';

test("the study's topics are those that have items", () => {
  const study = parse(readFileSync(join(DATA, 'studies/miniature.yaml'), 'utf8'));
  assert.equal(study.topics.length, 23);
  assert.deepEqual([...study.topics].sort(), TOPIC_NAMES.toSorted());
});

for (const [topic, items] of Object.entries(TOPICS))
  test(`enough items, all different, none the beginning of another: ${topic}`, () => {
    assert.ok(items.length >= 56, `${items.length} items`);
    assert.equal(new Set(items.map(normalizeItem)).size, items.length);
    const spelled = itemTokens(topic).map((ids) => `${ids.join()},`);
    for (const a of spelled)
      assert.deepEqual(
        spelled.filter((b) => b.startsWith(a)),
        [a],
      );
  });

test('most items are one token, and several topics have many of more', () => {
  const lengths = TOPIC_NAMES.map((topic) => itemTokens(topic).map(({ length }) => length));
  const all = lengths.flat();
  assert.ok(all.filter((n) => n === 1).length > 0.8 * all.length);
  const many = lengths.filter((topic) => topic.filter((n) => n > 1).length >= topic.length / 4);
  assert.ok(many.length >= 3, `${many.length} topics`);
});

test('a tree spells every item, once', () => {
  for (const topic of TOPIC_NAMES) {
    const { root, items } = topicTree(topic, tokenizer.encode);
    itemTokens(topic).forEach((ids, rank) => {
      let node = root;
      for (const id of ids) {
        assert.ok(node.ranks.includes(rank), items[rank]);
        node = node.children.get(id)!;
      }
      assert.equal(node.item, rank);
    });
    assert.equal(root.ranks.length, items.length);
  }
});

test('an item that begins another is refused by name, in either order', () => {
  const [first, second] = TOPICS.Colors!;
  /** Every item a token of its own, but for the first two. */
  const encodeAs = (ids: Record<string, number[]>) => (text: string) =>
    ids[text.trim()] ?? [100 + TOPICS.Colors!.indexOf(text.trim())];
  assert.throws(
    () => topicTree('Colors', encodeAs({ [first!]: [1], [second!]: [1, 2] })),
    new Error(`${second} begins with another item`),
  );
  assert.throws(
    () => topicTree('Colors', encodeAs({ [first!]: [1, 2], [second!]: [1] })),
    new Error(`${second} begins another item`),
  );
});

test('a topic without items is refused, with those that have some', () => {
  assert.throws(
    () => topicTree('Moons', tokenizer.encode),
    /^Error: unknown topic: Moons: choose from City Names, .*Colors$/,
  );
});
