/** A file whose parts can be read: one on a disk, or one that a reader chose in a browser. */
export interface FileBytes {
  /** Its path or name, for messages. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** The bytes from `offset` on, as many as asked for. @throws where the file has fewer */
  readonly read: (offset: number, length: number) => Uint8Array<ArrayBuffer>;
}
