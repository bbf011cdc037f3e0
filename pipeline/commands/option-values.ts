/** Reads the value of an option that is a whole number from `least` on. @throws `--steps abc: …` */
export function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
    throw new Error(`${option} ${text}: give a whole number from ${least} on`);
  };
}

/** The value of `--memory`, in GB. @throws `--memory x: …` */
export function gigabytesOf(text: string): number {
  const memory = Number(text);
  if (memory > 0 && Number.isFinite(memory)) return memory;
  throw new Error(`--memory ${text}: give a number of GB, as in --memory 24`);
}
