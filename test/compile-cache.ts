import { join } from 'node:path';

/**
 * Every test file runs in a process of its own; they share what Node made of the modules that they import. Safe to delete.
 * Node's own setting stands where it is given.
 */
export function globalSetup(): void {
  process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../.cache/compiled');
}
