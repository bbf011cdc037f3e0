export interface ResidentMemory {
  /** Bytes of memory of the process's own. */
  readonly anonymous: number;
  /** The same and what it has mapped of files, such as weights, which the system can take back. */
  readonly all: number;
}

/** @param status the text of Linux's /proc/self/status */
export function residentMemory(status: string): ResidentMemory {
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN);
  return { anonymous: kilobytes('RssAnon') * 1024, all: kilobytes('VmRSS') * 1024 };
}
