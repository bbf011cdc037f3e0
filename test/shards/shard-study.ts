import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { smallProject } from '../small-project.ts';
import type { Scope } from '../temp.ts';

/** Stages of three waves, some divided, some of one shard, some of the gather. The others take too long for a test of shards. */
export const STAGES = ['generate', 'explore', 'entropy', 'sae-quality', 'attribute', 'ablate'];

/** A copy of the project with the small study, of three SAEs. */
export function shardProject(t: Scope): string {
  const root = smallProject(t);
  const path = join(root, 'data/studies/miniature.yaml');
  const yaml = readFileSync(path, 'utf8')
    .replace(/ids: \[res_0[^\]]*\]/, 'ids: [res_3, att_4, tc_5]')
    .replace(/\ncircuits:\n( {2}.*\n)+/, '\n');
  writeFileSync(path, yaml);
  return root;
}
