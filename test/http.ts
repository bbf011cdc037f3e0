import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface Reply {
  readonly status?: number;
  readonly body?: string | Buffer;
  /** Whether the line is cut before the body is whole. */
  readonly cut?: boolean;
}

/** Serve replies until the test ends. @returns the server's address */
export async function answer(t: TestContext, reply: (url: string) => Reply): Promise<string> {
  const server = createServer(({ url }, response) => {
    const { status = 200, body = '', cut = false } = reply(url!);
    const length = Buffer.byteLength(body) + (cut ? 100 : 0);
    response.writeHead(status, { 'content-length': length });
    response.write(body, () => (cut ? response.destroy() : response.end()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
