import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Downloads the CUDA provider, which onnxruntime-node's npm package does not contain because of its size. */
export const INSTALL_CUDA =
  'ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js';

/** Folder of onnxruntime-node's libraries. */
const BIN = fileURLToPath(
  new URL(`../bin/napi-v6/linux/x64`, import.meta.resolve('onnxruntime-node')),
);

const PROVIDER = 'libonnxruntime_providers_cuda.so';
const LIBRARIES = ['libonnxruntime_providers_shared.so', PROVIDER];

/** Whether the driver of an NVIDIA GPU is installed. */
export const hasNvidiaGpu = (): boolean =>
  existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidia0');

/**
 * Why the CUDA provider cannot be loaded, with the remedy; null where it can.
 * @param bin folder of onnxruntime-node's libraries
 */
export function cudaFault(
  bin = BIN,
  platform = `${process.platform}/${process.arch}`,
): string | null {
  if (platform !== 'linux/x64') return `CUDA runs on Linux x64 only, not on ${platform}`;
  const absent = LIBRARIES.filter((name) => !existsSync(join(bin, name)));
  if (absent.length > 0) return `missing ${absent.join(', ')} in ${bin}: run "${INSTALL_CUDA}"`;
  const { stdout } = spawnSync('ldd', [join(bin, PROVIDER)], { encoding: 'utf8' });
  const missing = missingLibraries(stdout ?? '');
  return missing.length === 0
    ? null
    : `missing ${missing.join(', ')}, which ${PROVIDER} needs: install CUDA 12 and cuDNN 9 with the driver, or name their folders in LD_LIBRARY_PATH`;
}

/** The libraries that the output of `ldd` lists as not found. */
export const missingLibraries = (lddOutput: string): string[] => [
  ...new Set([...lddOutput.matchAll(/^\s*(\S+) => not found$/gm)].map(([, name]) => name!)),
];
