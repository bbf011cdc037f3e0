import { readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Serve a folder under a path as a static host would; `url` ends with the path. */
export function serve(dir: string, base: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const pathname = decodeURIComponent(new URL(request.url!, 'http://localhost').pathname);
    const file = pathname.startsWith(base) ? fileAt(join(dir, pathname.slice(base.length))) : null;
    if (file === null) return void response.writeHead(404).end();
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    const packed = /text|json|svg|javascript/.test(type) && accepts(request.headers);
    response.writeHead(200, {
      'content-type': type,
      'cache-control': 'max-age=600',
      ...(packed && { 'content-encoding': 'gzip' }),
    });
    response.end(packed ? gzipSync(readFileSync(file)) : readFileSync(file));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({ url: `http://127.0.0.1:${port}${base}`, server });
    });
  });
}

const accepts = ({ 'accept-encoding': encodings }: IncomingHttpHeaders): boolean =>
  String(encodings ?? '').includes('gzip');

function fileAt(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return fileAt(join(path, 'index.html'));
  return stats ? path : null;
}
