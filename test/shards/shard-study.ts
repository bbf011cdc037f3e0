import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Leave of a small study (`smallRoot`) what a shard's test has time for: three SAEs, no circuits, no other authors. */
export function withFewSaes(root: string): void {
  const path = join(root, 'data/studies/miniature.yaml');
  const yaml = readFileSync(path, 'utf8')
    .replace(/ids: \[res_0[^\]]*\]/, 'ids: [res_3, att_4, tc_5]')
    .replace(/\ncircuits:\n( {2}.*\n)+/, '\n')
    .replace(/\nauthorship:\n( {2}.*\n)+/, '\n');
  writeFileSync(path, yaml);
}
