import { type MdastNode, mdxToMdast } from 'satteri';
import { parse } from 'yaml';

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
 * a feature, such as `res_20`. The file is read by the parser that the pages are built with.
 * @throws `12:3: Unexpected …` where it is not MDX
 */
export function typedNumbers(source: string, allowed: readonly Allowed[]): TypedNumber[] {
  const prose = proseOf(source);
  return [...withoutAllowed(wordsOf(prose), allowed).matchAll(NUMBER)]
    .filter(([text]) => !text.includes('_'))
    .map(({ 0: text, index }) => ({
      line: lineAt(prose, index),
      text: text.replace(/[.,]$/, ''),
    }));
}

/** Allowed words that no file has. */
export function unused(sources: readonly string[], allowed: readonly Allowed[]): Allowed[] {
  const texts = sources.map((source) => wordsOf(proseOf(source)));
  return allowed.filter(({ text }) => !texts.some((words) => words.includes(flat(text))));
}

const NUMBER = /[\p{L}\d.,_]*\d[\p{L}\d.,_]*(?: ?%)?/gu;

/** Properties of components that hold prose. */
const WORDINGS: readonly string[] = ['yes', 'no', 'none', 'label'];

/** Markup within a sentence: a number or an allowed phrase may run through it. */
const INLINE: readonly string[] = ['strong', 'emphasis', 'delete', 'link', 'mdxJsxTextElement'];

/** Text of the prose, and the line where it begins. */
interface Piece {
  readonly text: string;
  readonly line: number;
}

/** The prose of a file, piece by piece; what is not prose is two blanks, over which no phrase runs. */
function proseOf(source: string): Piece[] {
  const visit = (node: MdastNode): Piece[] => {
    const line = node.position?.start.line ?? 1;
    if (node.type === 'text') return [{ text: node.value, line }];
    const gap = { text: '  ', line };
    const inside = 'children' in node ? node.children.flatMap(visit) : [];
    if (INLINE.includes(node.type))
      return [...wordsBeside(node, source), ...withoutAddress(node, inside)];
    return [gap, ...wordsBeside(node, source), ...inside, gap];
  };
  return visit(mdxToMdast(source));
}

/** Prose that a node has beside its children. */
function wordsBeside(node: MdastNode, source: string): Piece[] {
  const line = node.position?.start.line ?? 1;
  switch (node.type) {
    case 'yaml':
      return [{ text: titleOf(node.value), line: line + 1 + linesBefore(node.value, /^title:/m) }];
    case 'image':
      return [{ text: node.alt ?? '', line }];
    case 'mdxJsxFlowElement':
    case 'mdxJsxTextElement':
      return wordingsOf(node, source.slice(node.position?.start.offset, node.position?.end.offset));
    default:
      return [];
  }
}

/** The tree has no places of properties: their lines are looked for in the source of the tag. */
function wordingsOf({ attributes, position }: JsxElement, tag: string): Piece[] {
  const found: Piece[] = [];
  for (const attribute of attributes) {
    if (attribute.type !== 'mdxJsxAttribute' || typeof attribute.value !== 'string') continue;
    if (!WORDINGS.includes(attribute.name)) continue;
    const before = linesBefore(tag, new RegExp(`\\b${attribute.name}\\s*=\\s*["']`));
    found.push({ text: `  ${attribute.value}  `, line: (position?.start.line ?? 1) + before });
  }
  return found;
}

type JsxElement = Extract<MdastNode, { type: 'mdxJsxFlowElement' | 'mdxJsxTextElement' }>;

/** A link's words, but where they are the address itself. */
function withoutAddress(node: MdastNode, inside: Piece[]): Piece[] {
  const words = inside.map(({ text }) => text).join('');
  const isAddress =
    node.type === 'link' &&
    ['', 'http://', 'mailto:'].some((scheme) => node.url === scheme + words);
  return isAddress ? [] : inside;
}

const titleOf = (head: string): string => String(parse(head)?.title ?? '');

/** Line breaks before the first match; 0 where there is none. */
const linesBefore = (text: string, what: RegExp): number =>
  text.slice(0, Math.max(0, text.search(what))).split('\n').length - 1;

const wordsOf = (prose: readonly Piece[]): string => flat(prose.map(({ text }) => text).join(''));

/** Line breaks and `&nbsp;` as blanks, so that words may run over the end of a line. */
const flat = (text: string): string => text.replace(/&nbsp;|\s/g, ' ');

/** The line of the character at an index of the pieces' texts. */
function lineAt(prose: readonly Piece[], index: number): number {
  let from = 0;
  for (const { text, line } of prose) {
    if (index < from + text.length)
      return line + text.slice(0, index - from).split('\n').length - 1;
    from += text.length;
  }
  throw new RangeError(`no character ${index} in a prose of ${from}`);
}

function withoutAllowed(words: string, allowed: readonly Allowed[]): string {
  let left = words;
  for (const { text } of allowed) {
    const phrase = flat(text);
    left = left.replaceAll(phrase, ' '.repeat(phrase.length));
  }
  return left;
}
