import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Tensor } from '../../pipeline/graph/tensor.ts';
import { openSafetensors, readTensor } from '../../pipeline/sources/formats/safetensors.ts';
import { writeSafetensors } from '../../pipeline/sources/formats/write-safetensors.ts';
import { openGolden } from '../golden.ts';
import { tempDir } from '../temp.ts';

export const golden = openGolden('saelens');

export type Config = Record<string, unknown> & { metadata?: Record<string, unknown> };

/** A copy of an SAE with another config. @returns its folder */
export function withConfig(
  t: TestContext,
  name: string,
  change: (config: Config) => unknown,
): string {
  const dir = tempDir(t);
  cpSync(join(golden.dir, name), dir, { recursive: true });
  const path = join(dir, 'cfg.json');
  const config: Config = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify(change(config)));
  return dir;
}

/** A copy of an SAE with other arrays. */
export function withArrays(
  t: TestContext,
  name: string,
  change: (arrays: Record<string, Tensor<Float32Array>>) => Record<string, Tensor>,
): string {
  const dir = withConfig(t, name, (config) => config);
  const path = join(dir, 'sae_weights.safetensors');
  const stored = [...openSafetensors(path)].map(
    ([key, slice]) => [key, readTensor(slice)] as const,
  );
  writeSafetensors(path, change(Object.fromEntries(stored)));
  return dir;
}
