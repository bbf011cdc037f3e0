/** A fault that was made public in a package that is locked here. */
export interface KnownAdvisory {
  readonly package: string;
  /** Its name in the GitHub Advisory Database. */
  readonly id: string;
  /** Versions from the first to before the second have it. */
  readonly affected: readonly [from: string, fixed: string];
}

const advisory = (name: string, id: string, fixed: string, from = '0.0.0'): KnownAdvisory => ({
  package: name,
  id,
  affected: [from, fixed],
});

/**
 * Advisories about packages that a build or a compute installs: for each, the range of versions that public reports name of the
 * line that is locked (read in November 2026, reports up to September). Where reports disagree, the later correction counts. It is
 * no database: `npm audit --omit=dev`, where a registry answers it, knows more.
 */
export const KNOWN_ADVISORIES: readonly KnownAdvisory[] = [
  advisory('adm-zip', 'GHSA-xcpc-8h2w-3j85', '0.6.0'),
  advisory('astro', 'GHSA-2pvr-wf23-7pc7', '6.4.6'),
  advisory('astro', 'GHSA-7pw4-f3q4-r2p2', '7.0.4', '3.10.0'),
  advisory('astro', 'GHSA-4g3v-8h47-v7g6', '7.1.0', '2.9.0'),
  advisory('astro', 'GHSA-26w7-cxv4-gfx2', '7.2.8'),
  advisory('astro', 'GHSA-376h-93r7-7g6f', '7.2.4'),
  advisory('devalue', 'GHSA-77vg-94rm-hx3p', '5.8.1', '5.6.3'),
  advisory('devalue', 'GHSA-9rgm-9g3h-6x36', '5.9.2'),
  advisory('esbuild', 'GHSA-g7r4-m6w7-qqqr', '0.28.1', '0.27.3'),
  advisory('h3', 'GHSA-mp2g-9vg9-f4cg', '1.15.5'),
  advisory('js-yaml', 'GHSA-5p4m-2wfm-xmqj', '4.3.1', '4.0.0'),
  advisory('js-yaml', 'GHSA-2883-xcg3-v3hh', '4.3.2', '4.0.0'),
  advisory('mdast-util-to-hast', 'GHSA-4fh9-h7wg-q85m', '13.2.1', '13.0.0'),
  advisory('nanoid', 'GHSA-2v37-7h3g-55p8', '3.3.18'),
  advisory('postcss', 'GHSA-qx2v-qp2m-jg93', '8.5.10'),
  advisory('postcss', 'GHSA-r28c-9q8g-f849', '8.5.18'),
  advisory('postcss', 'GHSA-6g55-p6wh-862q', '8.5.12'),
  advisory('postcss', 'GHSA-fxqj-rqcc-2cmp', '8.5.23'),
  advisory('protobufjs', 'GHSA-f38q-mgvj-vph7', '7.6.3'),
  advisory('protobufjs', 'GHSA-j3f2-48v5-ccww', '7.6.5', '7.5.0'),
  advisory('sharp', 'GHSA-f88m-g3jw-g9cj', '0.35.0'),
  advisory('sharp', 'GHSA-rgj7-g3m4-5g8c', '0.35.4'),
  advisory('smol-toml', 'GHSA-v3rj-xjv7-4jmq', '1.6.1'),
  advisory('smol-toml', 'GHSA-7w5x-hrqm-74c2', '1.7.1'),
  advisory('svgo', 'GHSA-2p49-hgcm-8545', '4.0.2', '4.0.0'),
  advisory('undici', 'GHSA-35p6-xmwp-9g52', '8.5.0', '8.0.0'),
  advisory('undici', 'GHSA-8xcm-r25x-g524', '8.9.0', '8.0.0'),
  advisory('vega', 'GHSA-7f2v-3qq3-vvjf', '6.2.0'),
  advisory('vega-expression', 'GHSA-7f2v-3qq3-vvjf', '6.1.0', '6.0.0'),
  advisory('vega-interpreter', 'GHSA-7f2v-3qq3-vvjf', '2.2.1', '2.0.0'),
  advisory('vite', 'GHSA-fx2h-pf6j-xcff', '8.0.16', '8.0.0'),
  advisory('vite', 'GHSA-v6wh-96g9-6wx3', '8.0.16', '8.0.0'),
  advisory('yaml', 'GHSA-48c2-rrv3-qjmp', '2.8.3', '2.0.0'),
  advisory('yauzl', 'GHSA-gmq8-994r-jv83', '3.2.1', '3.2.0'),
];

/** The numbers of a version, `[major, minor, patch]`; what stands behind a hyphen is left out. */
const numbersOf = (version: string): number[] => version.split('-')[0]!.split('.').map(Number);

/** Whether one version is before another. */
const isBefore = (version: string, other: string): boolean => {
  const [left, right] = [numbersOf(version), numbersOf(other)];
  const at = left.findIndex((number, i) => number !== right[i]);
  return at >= 0 && left[at]! < right[at]!;
};

/** Whether a version of its package has the fault. */
export const hasFault = ({ affected: [from, fixed] }: KnownAdvisory, version: string): boolean =>
  !isBefore(version, from) && isBefore(version, fixed);
