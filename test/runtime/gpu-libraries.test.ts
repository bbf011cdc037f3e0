import assert from 'node:assert/strict';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cudaFault, INSTALL_CUDA, missingLibraries } from '../../pipeline/runtime/gpu-libraries.ts';
import { tempDir } from '../temp.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('the libraries that are missing are named, with the command that fetches them', (t) => {
  const bin = tempDir(t);
  const [shared, cuda] = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];
  const missing = (names: string) => `missing ${names} in ${bin}: run "${INSTALL_CUDA}"`;
  assert.equal(cudaFault(bin, 'linux/x64'), missing(`${shared}, ${cuda}`));
  writeFileSync(join(bin, shared), '');
  assert.equal(cudaFault(bin, 'linux/x64'), missing(cuda));
});

test('the command is a script that the package has', () => {
  const script = INSTALL_CUDA.split(' ').at(-1)!;
  assert.ok(existsSync(join(ROOT, script)), script);
});

test('a library that the loader finds everything for is fine', {
  skip: process.platform !== 'linux' || process.arch !== 'x64',
}, (t) => {
  const bin = tempDir(t);
  const library = 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1';
  for (const name of ['shared', 'cuda'])
    cpSync(join(ROOT, library), join(bin, `libonnxruntime_providers_${name}.so`));
  assert.equal(cudaFault(bin), null);
});

test('what the loader does not find is read from its list', () => {
  const list = [
    '\tlinux-vdso.so.1 (0x00007ffd)',
    '\tlibcublasLt.so.12 => not found',
    '\tlibcudnn.so.9 => not found',
    '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)',
    '\tlibcudnn.so.9 => not found',
  ].join('\n');
  assert.deepEqual(missingLibraries(list), ['libcublasLt.so.12', 'libcudnn.so.9']);
});

test('elsewhere than on Linux x64 there is no CUDA', () => {
  assert.equal(cudaFault('/', 'darwin/arm64'), 'CUDA runs on Linux x64 only, not on darwin/arm64');
});
