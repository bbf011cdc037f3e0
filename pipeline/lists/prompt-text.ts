import type { Tokenizer, Turn } from '../sources/formats/tokenizer.ts';
import type { ChatFormat } from '../subjects/subject.ts';
import type { ListForm } from './form.ts';
import { listText } from './item-layout.ts';

export interface PromptParts {
  readonly chat: ChatFormat;
  readonly listForm: ListForm;
  readonly tokenizer: Tokenizer;
}

/** The text of a prompt: the examples, the message, and the opening of the answer, as the form puts the request. */
export function promptText(message: string, { chat, listForm, tokenizer }: PromptParts): string {
  const { request, examples, opening, layout } = listForm;
  const earlier = examples.map(({ request, items }) => ({
    request,
    list: listText(items, layout),
  }));
  if (request === 'text') {
    // Items on one line go on with that of their heading.
    const [first, later] = layout.by === 'comma' ? ['', ' '] : ['\n', '\n'];
    const shown = earlier.map((example) => `${example.request}${later}${example.list}\n\n`);
    return `${chat.start}${shown.join('')}${message}${first}${opening}`;
  }
  const turns = earlier.flatMap((example): Turn[] => [
    { role: 'user', content: example.request },
    { role: 'assistant', content: example.list },
  ]);
  return tokenizer.chatPrompt(message, chat.systemTurn, turns) + opening;
}
