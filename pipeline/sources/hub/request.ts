import { type Hub, pageOf, type Source, TOKENS } from './hub.ts';

/** How often one thing is asked for before it is given up. */
export const TRIES = 5;

/** Longest wait that a server may ask for, in seconds. */
const LONGEST_WAIT = 300;

/** The hub has answered, and asking again would not help; or it was asked often enough. */
export class Refusal extends Error {}

/**
 * `fetch` for one repository. The token goes to the endpoint alone: `fetch` drops it where a redirect leads to another
 * host. What may pass (429, 500 and above, no answer) is asked for again.
 * @returns answers that are fine, only
 * @throws {Refusal} one line that says what the hub answered, and the remedy
 */
export function requester(hub: Hub, source: Source, signal?: AbortSignal): typeof fetch {
  return async (input, init) => {
    const url = String(input);
    const headers = { ...(init?.headers as Record<string, string>), ...hub.authorize(url) };
    for (let tries = 1; ; tries += 1) {
      const answer = await fetch(url, { ...init, headers, ...(signal && { signal }) }).catch(
        (error: Error) => reasonOf(error, signal),
      );
      if (typeof answer !== 'string' && answer.ok) return answer;
      const wait = waitBefore(answer, url, tries);
      if (wait === null) throw new Refusal(describe(answer, { hub, source, url }));
      if (typeof answer !== 'string') await answer.body?.cancel();
      await hub.pause(wait, typeof answer === 'string' ? answer : String(answer.status));
    }
  };
}

/** Seconds: 1, 2, 4, 8. */
export const backoff = (tries: number): number => 2 ** (tries - 1);

/** What stopped a request, without its address, which may be signed. @throws where it was stopped on purpose */
export function reasonOf(error: Error, signal?: AbortSignal): string {
  signal?.throwIfAborted();
  const cause = error.cause as (Error & { code?: string }) | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}

/** Seconds until asking again may help, or null where it would not. */
function waitBefore(answer: Response | string, url: string, tries: number): number | null {
  if (tries >= TRIES) return null;
  if (typeof answer === 'string') return backoff(tries);
  if (answer.status === 429) return retryAfter(answer) ?? backoff(tries);
  return answer.status >= 500 || elsewhere(answer, url) ? backoff(tries) : null;
}

/** In seconds or as a date. */
function retryAfter({ headers }: Response): number | null {
  const given = headers.get('retry-after');
  if (given === null) return null;
  const seconds = /^\d+$/.test(given) ? Number(given) : (Date.parse(given) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), LONGEST_WAIT) : null;
}

/** Whether a redirect led to another host: what that refuses is no word about repository or token. */
const elsewhere = (answer: Response, url: string): boolean =>
  new URL(answer.url).origin !== new URL(url).origin;

/** A file's or folder's path in its repository. */
const pathIn = (url: string, revision: string): string =>
  decodeURIComponent(new URL(url).pathname.split(`/${revision}/`).at(-1)!);

interface Asked {
  readonly hub: Hub;
  readonly source: Source;
  readonly url: string;
}

function describe(answer: Response | string, { hub, source, url }: Asked): string {
  const { repo, revision } = source;
  if (typeof answer === 'string')
    return `cannot reach ${hub.endpoint} (${answer}) to fetch ${repo}: check the connection, or name folders with --model and --saes`;
  const { status } = answer;
  if (elsewhere(answer, url) && status < 500 && status !== 429)
    return `${repo}: ${new URL(answer.url).host} answers ${status} in place of a file: run again later`;
  if (answer.headers.get('x-error-code') === 'RepoNotFound')
    return `${repo}: no such repository at ${hub.endpoint}, or a private one (${status}): check the study file, or set HF_TOKEN`;
  if (answer.headers.get('x-error-code') === 'EntryNotFound')
    return `${repo}: no ${pathIn(url, revision)} at revision ${revision}: check the study file`;
  switch (status) {
    case 401:
      return hub.hasToken
        ? `${repo}: ${hub.endpoint} refuses the token (401): make one at ${TOKENS} and set HF_TOKEN to it; its account must have accepted the licence at ${pageOf(repo)}`
        : `${repo}: ${hub.endpoint} asks who you are (401): accept the licence at ${pageOf(repo)}, then set HF_TOKEN to a token of that account (${TOKENS})`;
    case 403:
      return `${repo}: ${hub.endpoint} refuses access (403): accept the licence at ${pageOf(repo)} with the account of HF_TOKEN, whose token must be allowed to read gated repositories`;
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
