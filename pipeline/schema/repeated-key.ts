/**
 * The first key that stands twice in one object of a JSON text. `JSON.parse` would take the last of the two in silence,
 * other readers the first.
 * @param json a valid JSON text
 * @returns the key; null where there is none
 */
export function repeatedKey(json: string): string | null {
  const open: (Set<string> | null)[] = []; // the keys of each object, null for a list
  for (let at = 0; at < json.length; at++) {
    const character = json.charCodeAt(at);
    if (character === BRACE) open.push(new Set());
    else if (character === BRACKET) open.push(null);
    else if (character === END_BRACE || character === END_BRACKET) open.pop();
    else if (character === QUOTE) {
      const end = endOfText(json, at);
      const keys = open.at(-1);
      if (keys && isKey(json, end)) {
        const key = JSON.parse(json.slice(at, end)) as string;
        if (keys.has(key)) return key;
        keys.add(key);
      }
      at = end - 1;
    }
  }
  return null;
}

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const [BRACE, END_BRACE, BRACKET, END_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** The index after the quote that ends the text that begins at `start`. */
function endOfText(json: string, start: number): number {
  let at = start + 1;
  while (json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** Whether a colon follows. */
function isKey(json: string, end: number): boolean {
  let at = end;
  while (SPACES.has(json.charCodeAt(at))) at++;
  return json.charCodeAt(at) === COLON;
}
