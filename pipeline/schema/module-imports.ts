import { transformSync } from 'amaro';
import { type Import, parse } from 'es-module-lexer/js';

/** What the text of a module names, as it is written there. */
export interface ModuleImports {
  /** Specifiers of `import … from`, `export … from` and `import('literal')`. */
  readonly imports: readonly string[];
  /** Relative paths of `new URL('./x', import.meta.url)`: workers, data files, folders. */
  readonly urls: readonly string[];
}

/**
 * Read the imports of a TypeScript or JavaScript module. Types are erased first, as Node does when it runs the
 * file, so what only types are imported from does not count.
 * @param text of the module
 * @param file its name, for the error
 * @throws where the text has a syntax error
 */
export function moduleImports(text: string, file: string): ModuleImports {
  const code = withoutTypes(text, file);
  const found = lex(code, file);
  return {
    imports: found.flatMap((item) => specifierOf(item) ?? []),
    urls: found.flatMap((item) =>
      item.type === 'import-meta' ? (urlEndingBefore(code, item.start) ?? []) : [],
    ),
  };
}

/** Node's own eraser of types, as a package: the function in node:module still warns that it is experimental. */
function withoutTypes(text: string, file: string): string {
  try {
    return transformSync(text, { mode: 'strip-only' }).code;
  } catch (error) {
    throw new Error(syntaxError(file, error));
  }
}

function lex(code: string, file: string): readonly Import[] {
  try {
    return parse(code)[0];
  } catch (error) {
    throw new Error(syntaxError(file, error));
  }
}

/** Of a template with a `${…}` nothing is known. */
function specifierOf(item: Import): string | null {
  if (item.type === 'dynamic' && item.glob) return null;
  return item.specifier ?? null;
}

/** The path in `new URL('./x', import.meta.url)`, given where its `import.meta` starts. */
const urlEndingBefore = (code: string, start: number): string | undefined =>
  /\bnew\s+URL\(\s*(['"`])(\.[^'"`$]*)\1\s*,\s*$/.exec(code.slice(0, start))?.[2];

/** One line: where the error is, and what is wrong. */
function syntaxError(file: string, error: unknown): string {
  const { message, startLine, startColumn } = error as SyntaxFault;
  const line = startLine === undefined ? file : `${file}:${startLine}:${(startColumn ?? 0) + 1}`;
  return `${line}: syntax error: ${message.split('\n')[0]}: correct the file`;
}

/** What amaro throws is no Error, but has a message and a position; the lexer's has a message only. */
interface SyntaxFault {
  readonly message: string;
  /** From 1. */
  readonly startLine?: number;
  /** From 0. */
  readonly startColumn?: number;
}
