import { fetchFile } from '../fetch-file.ts';

/**
 * A file of the report, counted as it comes, and decompressed.
 * @param onBytes is told of each further part's compressed size
 * @throws where it does not come, or is empty
 */
export async function fetchPack(
  url: string,
  onBytes: (bytes: number) => void,
): Promise<ArrayBuffer> {
  const { body } = await fetchFile(url);
  if (body === null) throw new Error(`${url}: empty: reload the page`);
  const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      onBytes(chunk.byteLength);
      controller.enqueue(chunk);
    },
  });
  const whole = body.pipeThrough(counted).pipeThrough(new DecompressionStream('gzip'));
  return new Response(whole).arrayBuffer();
}
