export interface ResidentMemory {
  /** Bytes of anonymous memory, which belongs to the process alone. */
  readonly anonymous: number;
  /** Bytes of anonymous memory and of mapped files such as weights, whose pages the system can reclaim. */
  readonly total: number;
}

/** @param status the text of Linux's /proc/self/status */
export function residentMemory(status: string): ResidentMemory {
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN);
  return { anonymous: kilobytes('RssAnon') * 1024, total: kilobytes('VmRSS') * 1024 };
}
