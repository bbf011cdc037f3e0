/**
 * Characters that a page must not have as they are: they have no shape, may end what a program reads, and some turn the
 * direction of all the text that follows. Those of C0 but tab, line feed and carriage return; delete and C1; the embeddings,
 * overrides and isolates of bidirectional text.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROLS = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** A text with its control characters shown: `␀` for NUL, `⟨U+202E⟩` for one that has no picture. Runs in the build and in the browser. */
export const showControls = (text: string): string => text.replace(CONTROLS, shown);

/** Unicode has pictures of C0 from U+2400 on, and one of delete. */
function shown(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '␡';
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}
