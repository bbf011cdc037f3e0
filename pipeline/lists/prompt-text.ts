import type { Tokenizer, Turn } from '../sources/formats/tokenizer.ts';
import type { ChatFormat } from '../subjects/subject.ts';
import type { ExampleList, ListForm } from './form.ts';

export interface PromptParts {
  readonly chat: ChatFormat;
  readonly listForm: ListForm;
  readonly tokenizer: Tokenizer;
}

/** The text of a prompt: the examples, the message, and the opening of the answer, as the form puts the request. */
export function promptText(message: string, { chat, listForm, tokenizer }: PromptParts): string {
  const { request, examples, opening } = listForm;
  const earlier = examples.map((example) => ({ ...example, list: listText(example, listForm) }));
  if (request === 'text') {
    const shown = earlier.map((example) => `${example.request}\n${example.list}\n\n`);
    return `${chat.start}${shown.join('')}${message}\n${opening}`;
  }
  const turns = earlier.flatMap((example): Turn[] => [
    { role: 'user', content: example.request },
    { role: 'assistant', content: example.list },
  ]);
  return tokenizer.chatPrompt(message, chat.systemTurn, turns) + opening;
}

const listText = ({ items }: ExampleList, { marker }: ListForm): string =>
  items.map((item) => `${marker} ${item}`).join('\n');
