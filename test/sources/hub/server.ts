import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { globSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** What goes wrong with an answer. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes of the body after which the line is cut, or held open without another byte. */
  readonly cutAfter?: number;
  readonly holdAfter?: number;
  /** A body in place of the file. */
  readonly body?: Buffer;
  /** Without a length in advance. */
  readonly chunked?: boolean;
  readonly ignoreRange?: boolean;
  /** No answer at all. */
  readonly silent?: boolean;
  /** The path of the page after this one, of a list of files. */
  readonly next?: string;
  /** A body that never ends. */
  readonly endless?: boolean;
}

/** What was asked of the hub, or of the host that it sends large files from. */
export interface Asked {
  readonly host: 'hub' | 'cdn';
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

export interface HubServer {
  readonly endpoint: string;
  readonly asked: Asked[];
}

export interface HubContent {
  /** `owner/name` → the folder with its files, and the one commit that there is, which the branch main is at. */
  readonly repos: Readonly<Record<string, { readonly dir: string; readonly revision: string }>>;
  /** Without it, files are refused. */
  readonly token?: string;
  readonly fault?: (asked: Asked) => Fault | undefined;
}

/**
 * Serve folders by the hub's protocol until the test ends: lists of files, small files itself, large ones by a redirect
 * to a second host, ranges.
 */
export async function serveHub(t: TestContext, content: HubContent): Promise<HubServer> {
  const asked: Asked[] = [];
  const note = (host: Asked['host'], { method, url, headers }: IncomingMessage): Asked => {
    const { authorization, range } = headers;
    asked.push({ host, method: method!, path: url!, authorization, range });
    return asked.at(-1)!;
  };
  const cdn = await listen(t, (request, response) => {
    const question = note('cdn', request);
    const fault = content.fault?.(question) ?? {};
    if (fault.status) return refuse(response, fault);
    const [repo, path] = request.url!.slice(1).split('//') as [string, string];
    return send(request, response, readFileSync(join(content.repos[repo]!.dir, path)), fault);
  });
  const endpoint = await listen(t, (request, response) =>
    answerHub(request, response, content, note('hub', request), cdn),
  );
  return { endpoint, asked };
}

function answerHub(
  request: IncomingMessage,
  response: ServerResponse,
  content: HubContent,
  asked: Asked,
  cdn: string,
): ServerResponse {
  const fault = content.fault?.(asked) ?? {};
  if (fault.silent) return response;
  if (fault.status) return refuse(response, fault);
  if (fault.endless) return sendForever(response);
  if (fault.next !== undefined)
    response.setHeader('link', `<http://${request.headers.host}${fault.next}>; rel="next"`);
  const { pathname } = new URL(asked.path, 'http://hub');
  const [, repo, verb, revision, path = ''] =
    /^\/(?:api\/models\/)?([^/]+\/[^/]+)\/(revision|tree|resolve)\/([^/]+)\/?(.*)$/.exec(
      pathname,
    ) ?? [];
  const found = content.repos[repo ?? ''];
  const known = verb === 'revision' ? BRANCH : found?.revision;
  if (!found || known !== revision)
    return refuse(response, { status: 404, headers: { 'x-error-code': 'RevisionNotFound' } });
  if (verb !== 'resolve' && fault.body) return send(request, response, fault.body, fault);
  if (verb === 'revision') return sendJson(response, { id: repo, sha: found.revision });
  if (verb === 'tree') return list(response, found.dir, path, asked.path);
  if (content.token && asked.authorization !== `Bearer ${content.token}`)
    return refuse(response, { status: 401, headers: { 'x-error-code': 'GatedRepo' } });
  const at = join(found.dir, decodeURIComponent(path));
  response.setHeader('x-repo-commit', found.revision);
  if (!isLarge(path)) return send(request, response, readFileSync(at), fault);
  response.writeHead(302, {
    location: `${cdn}/${repo}//${path}`,
    'x-linked-etag': `"${sha256(readFileSync(at))}"`,
    'x-linked-size': statSync(at).size,
  });
  return response.end();
}

/** The branch of every repository. */
const BRANCH = 'main';

function sendJson(response: ServerResponse, content: object): ServerResponse {
  response.writeHead(200, { 'content-type': 'application/json' });
  return response.end(JSON.stringify(content));
}

function sendForever(response: ServerResponse): ServerResponse {
  const some = ' '.repeat(1e6);
  const more = (): void => {
    if (!response.closed) response.write(some, more);
  };
  more();
  return response;
}

/** What the hub keeps in Git LFS. */
const isLarge = (path: string): boolean => /\.(safetensors|npz|gguf)$|tokenizer\.json$/.test(path);

export const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
export const gitSha1 = (data: Buffer): string =>
  createHash('sha1').update(`blob ${data.length}\0`).update(data).digest('hex');

function list(response: ServerResponse, dir: string, folder: string, url: string): ServerResponse {
  const pattern = url.includes('recursive=true') ? '**/*' : '*';
  const paths = globSync(pattern, { cwd: join(dir, folder) }).map((path) => join(folder, path));
  if (paths.length === 0)
    return refuse(response, { status: 404, headers: { 'x-error-code': 'EntryNotFound' } });
  const entries = paths.map((path) => {
    if (statSync(join(dir, path)).isDirectory()) return { type: 'directory', path, size: 0 };
    const data = readFileSync(join(dir, path));
    const lfs = { oid: sha256(data), size: data.length, pointerSize: 130 };
    const entry = { type: 'file', path, size: data.length, oid: gitSha1(data) };
    return isLarge(path) ? { ...entry, lfs } : entry;
  });
  return sendJson(response, entries);
}

function refuse(response: ServerResponse, { status, headers }: Fault): ServerResponse {
  response.writeHead(status!, { 'content-type': 'application/json', ...headers });
  return response.end('{"error": "no"}');
}

function send(
  { headers }: IncomingMessage,
  response: ServerResponse,
  file: Buffer,
  { body, chunked, cutAfter, holdAfter, ignoreRange }: Fault,
): ServerResponse {
  const data = body ?? file;
  const from = ignoreRange ? 0 : Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  const part = data.subarray(from);
  response.writeHead(from > 0 ? 206 : 200, {
    ...(!chunked && { 'content-length': part.length }),
    ...(from > 0 && { 'content-range': `bytes ${from}-${data.length - 1}/${data.length}` }),
  });
  const until = cutAfter ?? holdAfter;
  if (until === undefined || until >= part.length) return response.end(part);
  response.write(part.subarray(0, until), () => cutAfter !== undefined && response.destroy());
  return response;
}

async function listen(
  t: TestContext,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
