/** Values of a row that share a scale, where a matrix is stored in blocks of whole numbers (`BlockMatrix` of ops.ts). */
export const BLOCK = 32;

/** The names of a matrix's numbers, uint8 [rows, k / BLOCK, BLOCK], and of their scales, float32 [rows · k / BLOCK]. */
export const numbersOf = (name: string): string => `${name}.int8`;
export const scalesOf = (name: string): string => `${name}.scales`;
