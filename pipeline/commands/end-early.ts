/**
 * End the process, in the way of other programs, when a signal asks for it, when nobody reads its output any more, or when
 * the npm that started it has ended. What was begun is dropped, as by a crash: files are renamed when they are whole. What a
 * crash would leave behind, a hidden cursor or a lock, is put right by listeners of the process's `exit`.
 */
export function endEarly(): void {
  for (const [signal, number] of Object.entries(SIGNALS))
    process.on(signal, () => process.exit(128 + number));
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endOnOutputFault);
  if (process.env.npm_lifecycle_event !== undefined) endWithParent();
}

/** By number, which a shell adds to 128 for the status of a process that the signal ended. */
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
const SIGPIPE = 13;

/** A reader that is gone, such as `head`, ends a program in silence; another fault, such as a full disk, is said. */
function endOnOutputFault({ code }: NodeJS.ErrnoException): void {
  if (code === 'EPIPE') process.exit(128 + SIGPIPE);
  if (code === 'EIO') process.exit(128 + SIGNALS.SIGHUP); // the terminal is gone
  process.stderr.write(
    `error: cannot write the output (${code}): make room, or name another file\n`,
  );
  process.exit(1);
}

/** npm passes SIGTERM on to its shell alone, which ends without the program that it runs. */
function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid === parent) return;
    process.stderr.write('error: npm has ended: stopped\n');
    process.exit(128 + SIGNALS.SIGTERM);
  }, INTERVAL).unref();
}

const INTERVAL = 1000; // ms
