import { type Hub, repositoryPage, type Source, TOKEN_PAGE } from './hub.ts';
import { EndlessAnswer, fetchPatiently, readWhole } from './patience.ts';
import { askedWait } from './rate-limit.ts';

/** Number of attempts before a request is given up. */
export const TRIES = 5;

/** A failure that a retry would not solve, or that persisted after `TRIES` attempts. */
export class Refusal extends Error {}

/** The repository has no such file or folder. */
export class AbsentEntry extends Refusal {}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Whether bodies are read as a whole before an answer counts as one: they are texts. */
  readonly whole?: boolean;
}

/**
 * `fetch` for one repository. The token is sent to the endpoint only: `fetch` drops it on a redirect to another host.
 * Temporary failures (429, 500 and above, no answer for `hub.silence`) are retried. It resolves with successful responses
 * only.
 * @throws {Refusal} one line with the hub's answer and the remedy
 */
export function requester(
  hub: Hub,
  source: Source,
  { signal, whole = false }: RequestOptions = {},
): typeof fetch {
  return async (input, init) => {
    const url = String(input);
    const headers = { ...(init?.headers as Record<string, string>), ...hub.authorize(url) };
    const ask = async (): Promise<Response> => {
      const answer = await fetchPatiently(url, { ...init, headers }, { ...hub, signal });
      return whole && answer.ok ? new Response(await readWhole(answer), answer) : answer;
    };
    for (let tries = 1; ; tries += 1) {
      const answer = await ask().catch((error: Error) => {
        if (error instanceof EndlessAnswer)
          throw new Refusal(
            `${source.repo}: ${hub.endpoint} gives an answer that does not end (${error.message}): check HF_ENDPOINT`,
          );
        return reasonOf(error, signal);
      });
      if (typeof answer !== 'string' && answer.ok) return answer;
      const wait = waitBefore(answer, url, tries);
      if (wait === null) throw refusalOf(answer, describeFailure(answer, { hub, source, url }));
      if (typeof answer !== 'string') await answer.body?.cancel();
      await hub.pause(wait, typeof answer === 'string' ? answer : String(answer.status));
    }
  };
}

const refusalOf = (answer: Response | string, message: string): Refusal =>
  isAbsent(answer) ? new AbsentEntry(message) : new Refusal(message);

const isAbsent = (answer: Response | string): boolean =>
  typeof answer !== 'string' && answer.headers.get('x-error-code') === 'EntryNotFound';

/** Seconds to wait after a number of tries: 1, 2, 4, 8. */
export const backoff = (tries: number): number => 2 ** (tries - 1);

/** Why a request failed, without its URL, which may be signed. @throws if it was aborted by the caller */
export function reasonOf(error: Error, signal?: AbortSignal): string {
  signal?.throwIfAborted();
  const cause = error.cause as (Error & { code?: string }) | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}

/** Seconds to wait before a retry; null if a retry would not help. */
function waitBefore(answer: Response | string, url: string, tries: number): number | null {
  if (tries >= TRIES) return null;
  if (typeof answer === 'string') return backoff(tries);
  if (answer.status === 429) return askedWait(answer) ?? backoff(tries);
  return answer.status >= 500 || isRedirected(answer, url) ? backoff(tries) : null;
}

/** Whether a redirect led to another host, whose refusal says nothing about the repository or the token. */
const isRedirected = (answer: Response, url: string): boolean =>
  new URL(answer.url).origin !== new URL(url).origin;

/** The path of a file or folder in its repository. */
const repositoryPath = (url: string, revision: string): string =>
  decodeURIComponent(new URL(url).pathname.split(`/${revision}/`).at(-1)!);

interface RequestContext {
  readonly hub: Hub;
  readonly source: Source;
  readonly url: string;
}

function describeFailure(answer: Response | string, { hub, source, url }: RequestContext): string {
  const { repo, revision } = source;
  if (typeof answer === 'string')
    return `cannot reach ${hub.endpoint} (${answer}) to fetch ${repo}: check the connection, or name folders with --model and --saes`;
  const { status } = answer;
  if (isRedirected(answer, url) && status < 500 && status !== 429)
    return `${repo}: ${new URL(answer.url).host} answers ${status} in place of a file: run again later`;
  if (answer.headers.get('x-error-code') === 'RepoNotFound')
    return `${repo}: no such repository at ${hub.endpoint}, or a private one (${status}): check the study file, or set HF_TOKEN`;
  if (isAbsent(answer))
    return `${repo}: no ${repositoryPath(url, revision)} at revision ${revision}: check the study file`;
  switch (status) {
    case 401:
      return hub.hasToken
        ? `${repo}: ${hub.endpoint} refuses the token (401): make one at ${TOKEN_PAGE} and set HF_TOKEN to it; its account must have accepted the licence at ${repositoryPage(repo)}`
        : `${repo}: ${hub.endpoint} asks who you are (401): accept the licence at ${repositoryPage(repo)}, then set HF_TOKEN to a token of that account (${TOKEN_PAGE})`;
    case 403:
      return `${repo}: ${hub.endpoint} refuses access (403): accept the licence at ${repositoryPage(repo)} with the account of HF_TOKEN, whose token must be allowed to read gated repositories`;
    case 404:
      return `${repo}: not at ${hub.endpoint} at revision ${revision} (404): check repository and revision in the study file`;
    case 429:
      return `${repo}: ${hub.endpoint} has asked ${TRIES} times to wait (429): run again later${hub.hasToken ? '' : ', or set HF_TOKEN for a higher limit'}`;
    default:
      return status >= 500
        ? `${repo}: ${hub.endpoint} has failed ${TRIES} times (${status}): run again later`
        : `${repo}: ${hub.endpoint} answers ${status}: check HF_ENDPOINT`;
  }
}
