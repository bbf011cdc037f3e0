import type { DType } from './tensor.ts';

/** The location and type of a tensor in a file, so that the runtime can map its bytes without reading them. */
export interface ExternalTensor {
  /** Real path, symlinks resolved: the runtime refuses links that lead out of the folder. */
  readonly file: string;
  /** Of the tensor's first byte, in bytes from the start of the file. */
  readonly offset: number;
  /** Length of the tensor in bytes. */
  readonly bytes: number;
  readonly dtype: DType;
  readonly dims: readonly number[];
}
