import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadTokenizer } from '../../../pipeline/sources/formats/tokenizer.ts';
import { tempDir } from '../../temp.ts';

/** A small tokenizer of merges: a, b and ab, with one token that is cut out first. */
export const BPE = {
  version: '1.0',
  added_tokens: [{ id: 3, content: '<bos>', special: true }],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: { type: 'BPE', unk_token: 'b', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'] },
};
export const SPLIT = { type: 'Split', pattern: { Regex: 'a' }, behavior: 'Isolated' };
export const model = (edit: object) => ({ ...BPE, model: { ...BPE.model, ...edit } });
export const added = (...tokens: readonly object[]) => ({ ...BPE, added_tokens: tokens });
/** The same in stand-ins of bytes. */
export const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false };
export const BYTES = { ...BPE, pre_tokenizer: BYTE_LEVEL, decoder: BYTE_LEVEL };

/** A tokenizer's folder. @param description, config what its two files hold; a text as it is */
export function tokenizerFolder(
  t: TestContext,
  description: unknown,
  config: unknown = {},
): string {
  const dir = tempDir(t);
  const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  writeFileSync(join(dir, 'tokenizer.json'), textOf(description));
  writeFileSync(join(dir, 'tokenizer_config.json'), textOf(config));
  return dir;
}

/** By name: what `tokenizer.json` holds, what the error says, and what `tokenizer_config.json` holds. */
export type Refused = Readonly<Record<string, readonly [unknown, RegExp, unknown?]>>;

/** A test for each: it is refused in one line that names file and field. */
export function testRefused(refused: Refused): void {
  for (const [name, [description, message, config]] of Object.entries(refused))
    test(name, (t) => {
      assert.throws(
        () => loadTokenizer(tokenizerFolder(t, description, config)),
        (error: Error) => {
          assert.match(error.message, message);
          assert.match(error.message, /^\/[^\n]+: (fetch|mend)[^\n]+$/);
          return true;
        },
      );
    });
}
