import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from './temp.ts';

/** Why this machine cannot mount a file system for a test; false where it can. For `skip` of a test. */
export const noMounts: string | false = (() => {
  const ends: (() => void)[] = [];
  try {
    smallDisk({ after: (end) => void ends.push(end) }, 64);
    return false;
  } catch {
    return 'no file system can be mounted: it needs Linux and root';
  } finally {
    for (const end of ends) end();
  }
})();

/** A folder that is a disk of so many KiB until the test ends. @throws where none can be mounted */
export function smallDisk(t: Scope, kibibytes: number): string {
  return mounted(t, (dir) => [['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', dir]]);
}

/** A path under which a folder can be read, and nothing written. @throws as `smallDisk` */
export const readOnlyView = (t: Scope, of: string): string =>
  mounted(t, (dir) => [
    ['--bind', of, dir],
    ['-o', 'remount,ro,bind', dir],
  ]);

function mounted(t: Scope, mountsAt: (dir: string) => readonly (readonly string[])[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'mounted-'));
  t.after(() => {
    spawnSync('umount', [dir]);
    rmdirSync(dir);
  });
  for (const args of mountsAt(dir))
    if (spawnSync('mount', args).status !== 0) throw new Error(`mount ${args.join(' ')}: failed`);
  return dir;
}
