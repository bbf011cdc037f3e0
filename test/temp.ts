import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What tells when it is over: a test, or a suite. */
export interface Scope {
  after(remove: () => void): void;
}

/** An empty folder that is removed when the test ends. */
export function tempDir(t: Scope): string {
  const dir = mkdtempSync(join(tmpdir(), 'list-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
