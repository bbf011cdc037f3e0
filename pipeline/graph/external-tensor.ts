import type { DType } from './tensor.ts';

/** A tensor that lies in a file: what a graph needs to map its bytes without reading them. */
export interface ExternalTensor {
  /** Real path, symlinks resolved: the runtime refuses links that leave the folder. */
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly bytes: number;
  readonly dtype: DType;
  readonly dims: readonly number[];
}
