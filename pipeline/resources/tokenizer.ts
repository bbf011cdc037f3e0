import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from '../engine/once.ts';
import type { Resource } from '../engine/resource.ts';
import { sha256 } from '../schema/sha256.ts';
import { loadTokenizer, TOKENIZER_FILES, type Tokenizer } from '../sources/formats/tokenizer.ts';

/**
 * The tokenizer in a model's folder, identified by the hashes of its files.
 * @throws if a file is missing
 */
export const tokenizerResource = (dir: string): Resource<Tokenizer> => ({
  content: TOKENIZER_FILES.map((file) => sha256(readFileSync(join(dir, file)))).join(' '),
  readers: [import.meta.url],
  open: once(() => loadTokenizer(dir)),
});
