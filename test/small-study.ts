import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { type ComputeOptions, compute } from '../pipeline/commands/compute.ts';

const DATA = fileURLToPath(new URL('../data', import.meta.url));

/** The miniature's study with two topics and few samples, in a root of its own. */
export function smallRoot(root: string, batchSize: number): string {
  cpSync(join(DATA, 'models'), join(root, 'data/models'), { recursive: true });
  mkdirSync(join(root, 'data/studies'));
  cpSync(join(DATA, 'studies/gemma-2-2b-it.yaml'), join(root, 'data/studies/gemma-2-2b-it.yaml'));
  const yaml = readFileSync(join(DATA, 'studies/miniature.yaml'), 'utf8')
    .replace(/topics:\n( {2}- .*\n)+/, 'topics: [Colors, Ocean]\n')
    .replace(/batchSize: .*/, `batchSize: ${batchSize}`)
    .replace(/temperatures: .*/, 'temperatures: [0.5, 1.3]')
    .replaceAll(/samples: .*/g, 'samples: 2')
    .replace(/draws: .*/, 'draws: 2')
    .replace(/strengths: .*/, 'strengths: [0, 0.4]')
    .replace(/endLogits: .*/, 'endLogits: [0, 8]')
    .replace(/resamples: .*/, 'resamples: 100');
  writeFileSync(join(root, 'data/studies/miniature.yaml'), yaml);
  return root;
}

/** Run the miniature's study in a root. */
export async function computeIn(root: string, options: ComputeOptions = {}) {
  const printed: string[] = [];
  const output = { isTTY: false, write: (text: string) => printed.push(text) };
  const status = await compute('miniature', options, {
    root,
    env: {},
    output: output as unknown as WriteStream,
  });
  return { status, printed: printed.join('') };
}
