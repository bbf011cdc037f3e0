import { once } from '../engine/once.ts';
import type { Resource } from '../engine/resource.ts';
import type { ListForm } from '../lists/form.ts';
import { type TokenForm, tokenForm } from '../lists/token-form.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import type { ChatFormat } from '../subjects/subject.ts';

/** The study's list form in the tokens of its model. */
export const formResource = (
  tokenizer: Resource<Tokenizer>,
  chat: ChatFormat,
  shape: ListForm,
): Resource<TokenForm> => ({
  content: JSON.stringify([tokenizer.content, chat, shape]),
  readers: [import.meta.url, ...tokenizer.readers],
  open: once(async () => tokenForm(await tokenizer.open(), chat, shape)),
});
