/** How many times a property is tried: few in CI, many where `npm run fuzz` asks for them. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 500);

/** The seed of all draws. The same seed draws the same inputs; fast-check prints it, with the path to a failure. */
const SEED = Number(process.env.FUZZ_SEED ?? 18);

/** @param share of the runs, for a property that takes longer */
export const runs = (share = 1): { numRuns: number; seed: number } => ({
  numRuns: Math.max(1, Math.round(RUNS * share)),
  seed: SEED,
});
