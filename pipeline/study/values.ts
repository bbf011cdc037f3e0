import { z } from 'zod';
import { PLACEHOLDER } from './message.ts';

/**
 * The smallest temperature and share: graphs compute in float32, in which logits divided by the temperature must stay
 * finite. At 1e-30 sampling takes the likeliest token.
 */
const SMALLEST = 1e-30;
const CONTROL = /[\p{Cc}\u2028\u2029]/u;

/**
 * Characters that no reader sees, and that a tokenizer does: a blank of no width, a soft hyphen, a mark of byte order, and
 * what turns the direction of a text. Those that join letters and signs are parts of words.
 */
export const INVISIBLE = /[\u00ad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]/u;

/** A whole number from 1 on. */
export const count = (most: number) => z.int().min(1).max(most);

export const number = (least: number, most: number) => z.number().min(least).max(most);

export const fraction = z.number().gt(0).min(SMALLEST).max(1);
export const temperature = z.number().gt(0).min(SMALLEST).max(10);

const unicode = z
  .string()
  .min(1)
  .refine((text) => text.isWellFormed(), 'Unicode text, without half of a surrogate pair')
  .refine((text) => !INVISIBLE.test(text), 'text without invisible characters');

/** Text of one line with a character that is no blank. */
export const line = unicode
  .refine((text) => text.trim() !== '', 'text that is not blank')
  .refine((text) => !CONTROL.test(text), 'text of one line, without control characters');

/** The same, of which a blank before or after would be a token of its own. */
export const trimmed = line.refine(
  (text) => text === text.trim(),
  'text without blanks before or after it',
);

/** A user's message, with the placeholder of the topic. */
export const message = unicode
  .includes(PLACEHOLDER)
  .max(20_000)
  .refine((text) => !CONTROL.test(text.replace(/[\n\t]/g, '')), 'text without control characters');

/** A list in which no value stands twice. @param what each value is, for the error */
export const distinct = <T extends z.ZodType<readonly unknown[]>>(what: string, list: T) =>
  list.superRefine((values, context) => {
    const texts = values.map((value) => JSON.stringify(value));
    const repeat = texts.findIndex((text, i) => texts.indexOf(text) < i);
    if (repeat < 0) return;
    context.addIssue({ code: 'custom', message: `each ${what} once`, input: values[repeat] });
  });
