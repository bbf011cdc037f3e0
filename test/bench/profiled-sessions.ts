import { createReadStream, globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { InferenceSession } from '../../pipeline/runtime/onnxruntime.ts';

/** Seconds that sessions took. */
export interface SessionTimes {
  /** Loading graphs and preparing them. */
  opening: number;
  /** Running them, as the caller waits. */
  running: number;
  /** Each operator's kernels, by its ONNX name. */
  readonly kernels: Map<string, number>;
  /** Whether a session ran more kernels than the runtime writes down. */
  cut: boolean;
}

/** What the runtime writes down of one session, at most. Source: onnxruntime, `max_num_events` of its profiler. */
const MOST_EVENTS = 1_000_000;

/**
 * Have every session that is opened from here on write down what it does, as onnxruntime's own profiler does, until it is
 * released. The end of the scope undoes this.
 * @param dir an empty folder, for the profiles
 * @returns a function that reads, adds up and deletes the profiles of the sessions that were released since
 */
export function profileSessions(dir: string): Disposable & { take(): Promise<SessionTimes> } {
  const { create } = InferenceSession;
  let opened = 0;
  InferenceSession.create = (async (model: Uint8Array, options?: InferenceSession.SessionOptions) =>
    endingProfile(
      await create.call(InferenceSession, model, {
        ...options,
        enableProfiling: true,
        profileFilePrefix: join(dir, `${opened++}`),
      }),
    )) as typeof create;
  return {
    take: () => takeProfiles(dir),
    [Symbol.dispose]: () => {
      InferenceSession.create = create;
    },
  };
}

/** The profile is whole once the session has ended it. */
function endingProfile(session: InferenceSession): InferenceSession {
  const release = session.release.bind(session);
  session.release = () => {
    session.endProfiling();
    return release();
  };
  return session;
}

async function takeProfiles(dir: string): Promise<SessionTimes> {
  const times: SessionTimes = { opening: 0, running: 0, kernels: new Map(), cut: false };
  for (const file of globSync('*.json', { cwd: dir })) {
    const events = await addProfile(times, join(dir, file));
    times.cut ||= events >= MOST_EVENTS;
    rmSync(join(dir, file));
  }
  return times;
}

/** One event of a profile: Chrome's trace format, an event a line. */
interface Event {
  readonly cat: 'Session' | 'Node' | string;
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args: { readonly op_name?: string };
}

/** Add a profile's times to the sums. @returns how many events it has */
async function addProfile(times: SessionTimes, path: string): Promise<number> {
  let events = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const text = line.replace(/^\[|[,\]]$/g, '').trim();
    if (!text.startsWith('{')) continue;
    addEvent(times, JSON.parse(text));
    events++;
  }
  return events;
}

function addEvent(times: SessionTimes, { cat, name, dur, args }: Event): void {
  const seconds = dur / 1e6;
  if (cat === 'Session' && name === 'model_run') times.running += seconds;
  else if (cat === 'Session' && OPENING.has(name)) times.opening += seconds;
  else if (cat === 'Node' && name.endsWith('_kernel_time')) {
    const op = args.op_name ?? 'unknown';
    times.kernels.set(op, (times.kernels.get(op) ?? 0) + seconds);
  }
}

const OPENING = new Set(['model_loading_array', 'model_loading_uri', 'session_initialization']);
