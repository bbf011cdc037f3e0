/** A text of several lines in one, with a sign for each newline. */
export const inOneLine = (text: string): string => text.replaceAll('\n', ' ↵ ');
