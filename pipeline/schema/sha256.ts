import { createHash } from 'node:crypto';

/** The SHA-256 of data, as 64 hex digits. It has a file of its own: stages depend on it, and not on the manifest's layout. */
export const sha256 = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex');
