import { transformSync } from 'amaro';
import { type Import, parse } from 'es-module-lexer/js';

/** The files and packages that a module refers to, as spelled in its text. */
export interface ModuleImports {
  /** Specifiers of `import … from`, `export … from` and `import('literal')`. */
  readonly imports: readonly string[];
  /** Relative paths of `new URL('./x', import.meta.url)`: workers, data files, folders. */
  readonly urls: readonly string[];
}

/**
 * The imports of a TypeScript or JavaScript module. Types are erased first, as Node does when it runs the file, so
 * type-only imports are ignored.
 * @param text of the module
 * @param file its name, for the error message
 * @throws where the text has a syntax error
 */
export function moduleImports(text: string, file: string): ModuleImports {
  const code = withoutTypes(text, file);
  const items = lex(code, file);
  return {
    imports: items.flatMap((item) => specifierOf(item) ?? []),
    urls: items.flatMap((item) =>
      item.type === 'import-meta' ? (urlEndingBefore(code, item.start) ?? []) : [],
    ),
  };
}

/** Uses the package with which Node erases types, because the function in node:module warns that it is experimental. */
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

/** Null for a template literal with a `${…}`, which is unknown before it runs. */
function specifierOf(item: Import): string | null {
  if (item.type === 'dynamic' && item.glob) return null;
  return item.specifier ?? null;
}

/** The path in `new URL('./x', import.meta.url)`. @param start index of its `import.meta` */
const urlEndingBefore = (code: string, start: number): string | undefined =>
  /\bnew\s+URL\(\s*(['"`])(\.[^'"`$]*)\1\s*,\s*$/.exec(code.slice(0, start))?.[2];

/** A one-line error message with file, line and column. */
function syntaxError(file: string, error: unknown): string {
  const { message, startLine, startColumn } = error as SyntaxFault;
  const line = startLine === undefined ? file : `${file}:${startLine}:${(startColumn ?? 0) + 1}`;
  return `${line}: syntax error: ${message.split('\n')[0]}: correct the file`;
}

/** amaro throws objects with a message and a position that are not Errors. The lexer's errors have a message only. */
interface SyntaxFault {
  readonly message: string;
  /** From 1. */
  readonly startLine?: number;
  /** From 0. */
  readonly startColumn?: number;
}
