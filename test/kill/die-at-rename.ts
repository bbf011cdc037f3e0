/**
 * Loaded before a program (`node --import`), kills the process at its renames: just before the one whose number DIE_BEFORE names,
 * or just after that of DIE_AFTER; the first is 1.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const before = Number(process.env.DIE_BEFORE ?? 0);
const after = Number(process.env.DIE_AFTER ?? 0);
const rename = fs.renameSync;
let renames = 0;

fs.renameSync = (from, to) => {
  renames += 1;
  if (renames === before) process.kill(process.pid, 'SIGKILL');
  rename(from, to);
  if (renames === after) process.kill(process.pid, 'SIGKILL');
};
syncBuiltinESMExports();
