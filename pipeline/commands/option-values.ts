/**
 * Reads the value of an option that is a whole number in digits, from `least` on.
 * @param most the largest, where there is one
 * @throws `--steps abc: …`
 */
export function wholeNumber(
  option: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  return (text) => {
    const value = /^\d+(e\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const limits = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `${least} to ${most}`;
    throw new Error(`${option} ${text}: give a whole number ${limits}`);
  };
}

/** More shards than any cluster has nodes: each is looked for. */
export const MOST_SHARDS = 10_000;

/** The value of `--memory`, in GB. @throws `--memory x: …` */
export function gigabytesOf(text: string): number {
  const memory = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (memory >= 0.001 && memory <= 1e6) return memory;
  throw new Error(`--memory ${text}: give a number of GB, as in --memory 24`);
}
