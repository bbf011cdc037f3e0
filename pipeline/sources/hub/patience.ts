/** How long a client waits. */
export interface Patience {
  /** Seconds without an answer, or without a further byte of it. */
  readonly silence: number;
  readonly signal?: AbortSignal | undefined;
}

/** The most that is read of an answer that is wanted as a whole, such as a list of files. */
const LARGEST_TEXT = 64e6; // bytes
const LONGEST_TEXT = 60; // seconds

/**
 * `fetch` whose answer must begin, and go on, within the time that one is willing to wait.
 * @throws `no answer within 10 s`; of its body, `nothing came for 10 s`
 */
export async function fetchPatiently(
  url: string,
  init: RequestInit,
  { silence, signal }: Patience,
): Promise<Response> {
  const giveUp = new AbortController();
  const both = signal ? AbortSignal.any([signal, giveUp.signal]) : giveUp.signal;
  const request = fetch(url, { ...init, signal: both });
  const answer = await within(silence, request, `no answer within ${silence} s`).catch((error) => {
    giveUp.abort(error);
    throw error;
  });
  if (!answer.ok || answer.body === null) return answer;
  const { status, headers } = answer;
  return new Response(checked(answer.body, silence, giveUp), { status, headers });
}

/** An answer that is too large for what it is, or comes too slowly. */
export class EndlessAnswer extends Error {}

/** Read the whole body of an answer. @throws {EndlessAnswer} how much came, and in what time */
export async function readWhole(answer: Response): Promise<Uint8Array<ArrayBuffer>> {
  const start = performance.now();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    const seconds = (performance.now() - start) / 1000;
    if (bytes > LARGEST_TEXT || seconds > LONGEST_TEXT)
      throw new EndlessAnswer(`${bytes} bytes in ${Math.ceil(seconds)} s`);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** A body that fails when nothing comes for a while. */
function checked(
  body: ReadableStream<Uint8Array>,
  silence: number,
  giveUp: AbortController,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    pull: async (controller) => {
      const next = within(silence, reader.read(), `nothing came for ${silence} s`);
      const { done, value } = await next.catch((error) => {
        giveUp.abort(error);
        throw error;
      });
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** A promise that is waited for so long. @throws `fault` when the time is over */
async function within<T>(seconds: number, promise: Promise<T>, fault: string): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(fault)), 1000 * seconds);
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
