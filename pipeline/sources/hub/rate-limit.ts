/** Longest wait that a server may ask for, in seconds. */
const LONGEST_WAIT = 300;

/**
 * Seconds that a server asks a client to wait: by `Retry-After`, in seconds or as a date, else by what it says of its
 * limits; null where it says nothing.
 */
export function askedWait({ headers }: Response): number | null {
  const seconds = retryAfter(headers.get('retry-after')) ?? windowEnd(headers);
  return seconds === null ? null : Math.min(Math.max(seconds, 0), LONGEST_WAIT);
}

function retryAfter(header: string | null): number | null {
  if (header === null) return null;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? seconds : null;
}

/**
 * Seconds until the window of a spent limit ends. `RateLimit` lists limits, each with what remains and the seconds to the
 * end of its window: `"api";r=0;t=55`, in earlier drafts `limit=100, remaining=0, reset=55`, or headers of their own.
 * Source: "RateLimit header fields for HTTP", IETF draft.
 */
function windowEnd(headers: Headers): number | null {
  const header = headers.get('ratelimit') ?? '';
  const spent = header.split(',').filter((limit) => !/;\s*r=0*[1-9]/.test(limit));
  const ends = spent.flatMap((limit) => /(?:;\s*t|(?:^|\s)reset)=(\d+)/.exec(limit)?.[1] ?? []);
  const own = headers.get('ratelimit-reset') ?? '';
  const all = [...ends, ...(/^\d+$/.test(own) ? [own] : [])].map(Number);
  return all.length > 0 ? Math.max(...all) : null;
}
