import { once } from '../engine/once.ts';
import type { Resource } from '../engine/resource.ts';
import { loadTokenizer, type Tokenizer, tokenizerContent } from '../sources/formats/tokenizer.ts';

/**
 * The tokenizer in a model's folder, identified by the hashes of its files.
 * @throws if a file is missing
 */
export const tokenizerResource = (dir: string): Resource<Tokenizer> => ({
  content: tokenizerContent(dir),
  readers: [import.meta.url],
  open: once(() => loadTokenizer(dir)),
});
