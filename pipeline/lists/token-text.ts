/** Whether a token is a line break: newlines only. */
export const isNewline = (token: string): boolean => /^\n+$/.test(token);

/** Whether a token is a blank: spaces of any kind only, none of them a newline. */
export const isBlank = (token: string): boolean => /^[^\S\n]+$/.test(token);
