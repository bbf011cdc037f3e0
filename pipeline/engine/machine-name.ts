import { cpus, totalmem } from 'node:os';

/** A description of this machine: `2 cores (Some Processor), 24 GiB`. */
export const machineName = (): string => {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${first?.model.trim() ?? 'unknown'}), ${memory} GiB`;
};
