/**
 * The bytes of UTF-8 that a tokenizer of bytes has no token for: its text would lose them without a word. SmolLM's lack
 * some control characters.
 * @param isToken whether a text is a token
 */
export const bytesWithoutToken = (isToken: (token: string) => boolean): number[] =>
  Array.from({ length: 256 }, (_, byte) => byte).filter(
    (byte) => !isNeverInUtf8(byte) && !isToken(standIn(byte)),
  );

const isNeverInUtf8 = (byte: number): boolean => byte === 0xc0 || byte === 0xc1 || byte > 0xf4;

/** The character that a byte is written as: itself where it is visible, else the next free one from U+0100 on. */
function standIn(byte: number): string {
  if (isVisible(byte)) return String.fromCharCode(byte);
  const before = Array.from({ length: byte }, (_, b) => b).filter((b) => !isVisible(b)).length;
  return String.fromCharCode(0x100 + before);
}

const isVisible = (byte: number): boolean =>
  (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
