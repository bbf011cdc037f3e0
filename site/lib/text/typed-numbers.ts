/** A number that stands typed in the prose. */
export interface TypedNumber {
  readonly line: number;
  /** The number with what it hangs on, such as `35%` or `2B`. */
  readonly text: string;
}

/** Words with a number in them that are no result, and why. */
export interface Allowed {
  readonly text: string;
  readonly why: string;
}

/**
 * Numbers typed in an MDX file: digits in its title, its text, and the wordings that components choose among. What is
 * code, a component's other properties, an expression or the address of a link is not prose; nor is the name of an SAE or
 * a feature, such as `res_20`.
 */
export function typedNumbers(source: string, allowed: readonly Allowed[]): TypedNumber[] {
  const prose = withoutAllowed(proseOf(source), allowed);
  return [...prose.matchAll(/[\p{L}\d.,_]*\d[\p{L}\d.,_]*(?:\s?%)?/gu)]
    .filter(([text]) => !text.includes('_'))
    .map(({ 0: text, index }) => ({
      line: source.slice(0, index).split('\n').length,
      text: text.replace(/[.,]$/, ''),
    }));
}

/** Allowed words that no file has. */
export const unused = (sources: readonly string[], allowed: readonly Allowed[]): Allowed[] =>
  allowed.filter(({ text }) => !sources.some((source) => flat(proseOf(source)).includes(text)));

/** The source with blanks for all that is not prose, so that places stay. */
export function proseOf(source: string): string {
  const blank = (text: string) => text.replace(/[^\n]/g, ' ');
  const head = /^---\n([\s\S]*?)\n---\n/.exec(source)?.[0] ?? '';
  const title = blank(head).split('\n');
  head.split('\n').forEach((line, i) => {
    if (line.startsWith('title:')) title[i] = line;
  });
  const text = source
    .slice(head.length)
    .replace(/```[\s\S]*?```|`[^`\n]*`/g, (code, at, whole) =>
      insideTag(whole, at) ? code : blank(code),
    );
  return title.join('\n') + withoutTags(text).replace(/\]\([^)\s]*\)|^\s*\d+\. /gm, blank);
}

/** Properties of components that hold prose. */
const WORDINGS = /\b(?:yes|no|none|label)="([^"]*)"/g;

/** Blank tags and expressions, but for wordings. */
function withoutTags(text: string): string {
  let prose = '';
  for (let at = 0; at < text.length; ) {
    const end = /^(?:<[\w/>]|\{)/.test(text.slice(at, at + 2)) ? endOf(text, at) : at + 1;
    const part = text.slice(at, end);
    prose += end === at + 1 ? part : wordingsOf(part);
    at = end;
  }
  return prose;
}

function wordingsOf(tag: string): string {
  const blank = [...tag.replace(/[^\n]/g, ' ')];
  for (const { 1: words, 0: property, index } of tag.matchAll(WORDINGS)) {
    const from = index + property.length - words!.length - 1;
    blank.splice(from, words!.length, ...words!);
  }
  return blank.join('');
}

/** Where a tag or an expression ends: past quoted texts and braces inside it. */
function endOf(text: string, from: number): number {
  const closes = text[from] === '{' ? '}' : '>';
  let [depth, quote] = [0, ''];
  for (let at = from + 1; at < text.length; at += 1) {
    const c = text[at]!;
    if (quote !== '') quote = c === quote ? '' : quote;
    else if (c === '"' || c === '`' || (c === "'" && depth > 0)) quote = c;
    else if (c === closes && depth === 0) return at + 1;
    else if (c === '{') depth += 1;
    else if (c === '}') depth -= 1;
  }
  return text.length;
}

/** Whether a place is in an open tag, as a query in backquotes is. */
function insideTag(text: string, place: number): boolean {
  for (let at = 0; at < place; at += 1) {
    if (!/^<[A-Za-z]/.test(text.slice(at, at + 2))) continue;
    const end = endOf(text, at);
    if (end > place) return true;
    at = end - 1;
  }
  return false;
}

/** Line breaks as blanks, so that words may run over the end of a line. */
const flat = (text: string): string => text.replaceAll('\n', ' ');

function withoutAllowed(prose: string, allowed: readonly Allowed[]): string {
  let left = flat(prose);
  for (const { text } of allowed) left = left.replaceAll(text, ' '.repeat(text.length));
  return left;
}
