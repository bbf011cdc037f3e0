import { once } from '../engine/once.ts';
import type { Resource } from '../engine/resource.ts';
import { type GeneratingProcess, generatingProcess } from '../miniature/generating-process.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';

/** The process that generated the miniature's training corpus; for other models it is not known. */
export const processResource = (tokenizer: Resource<Tokenizer>): Resource<GeneratingProcess> => ({
  content: tokenizer.content,
  readers: [import.meta.url, ...tokenizer.readers],
  open: once(async () => generatingProcess(await tokenizer.open())),
});
