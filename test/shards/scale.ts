/**
 * What a study would take on more machines, on paper: `node test/shards/scale.ts [RESULTS]`. Seconds of stages are those that the
 * manifest of RESULTS has (data/published/smollm2-135m-instruct where left out); how they are divided is what the code does, and
 * which share of a stage is left for the gather was measured on the small study.
 */
import { readManifest } from '../../pipeline/schema/manifest.ts';

const [results = 'data/published/smollm2-135m-instruct'] = process.argv.slice(2);
const measured = readManifest(results)!.stages;

/**
 * Seconds of an SAE in `8-ablate`: see the README. The last run, of which the manifest has the seconds, found all of it kept: it did
 * what a gather does.
 */
const ABLATE = 1800;
/** What was measured: topics, and SAEs by stage. */
const MEASURED = { topics: 23, attributed: 4, qualified: 13 };
/** Lists of a cell of `1-generate` for each topic, cells, and lists of a batch. */
const [SAMPLES, CELLS, BATCH] = [5, 8, 92];
/** Lists of a piece of `patching`. */
const PIECE = 25;

/**
 * Share of a stage's time that its gather took, on the small study of the tests (three SAEs, two topics, three shards). With a larger
 * model it is smaller: sums over rows stay as they are.
 */
const GATHERED: Readonly<Record<string, number>> = {
  '1-generate': 0.1,
  patching: 0.25,
  '5-sae-quality': 0.07,
  '6-attribute': 0.17,
  '9-baselines': 0.14,
};

interface Part {
  readonly stage: string;
  readonly wave: number;
  /** 1 where a stage is computed by one shard. */
  readonly units: number;
  /** Seconds of all units. */
  readonly seconds: number;
  /** Seconds of the gather. */
  readonly gather: number;
}

/** The stages of a study with so many SAEs and topics. */
function partsOf(saes: number, topics: number): Part[] {
  const lists = topics / MEASURED.topics;
  const part = (stage: string, wave: number, units: number, seconds: number): Part => {
    const share = GATHERED[stage] ?? 0;
    return { stage, wave, units, seconds: (1 - share) * seconds, gather: share * seconds };
  };
  const of = (stage: string, factor = lists) => measured[stage]!.seconds * factor;
  const one = (stage: string, wave: number) => part(stage, wave, 1, of(stage));
  const batches = CELLS * Math.ceil((SAMPLES * topics) / BATCH);
  return [
    part('1-generate', 1, batches, of('1-generate')),
    ...['3-entropy', '4-logit-lens', 'robustness', 'authorship'].map((stage) => one(stage, 2)),
    part('patching', 2, 1 + 4 * Math.ceil(topics / PIECE), of('patching')),
    part('5-sae-quality', 2, saes, of('5-sae-quality', (lists * saes) / MEASURED.qualified)),
    part('6-attribute', 2, saes, of('6-attribute', (lists * saes) / MEASURED.attributed)),
    one('7-cluster', 3),
    {
      ...part('8-ablate', 3, saes + 1, ABLATE * lists * saes),
      gather: of('8-ablate', lists * saes),
    },
    one('feature-logits', 4),
    one('feature-contexts', 4),
    part('9-baselines', 4, 12, of('9-baselines')),
    ...['2-explore', 'verdict-power', 'coverage', 'features', 'claims'].map((stage): Part => {
      const seconds = of(stage, stage === 'verdict-power' || stage === 'coverage' ? 1 : lists);
      return { stage, wave: 1, units: 0, seconds: 0, gather: seconds };
    }),
  ];
}

/** Seconds of the shards, wave after wave: those of the shard that takes longest. */
function shardSeconds(parts: readonly Part[], nodes: number): number {
  let sum = 0;
  for (const ofWave of Map.groupBy(parts, ({ wave }) => wave).values()) {
    const loads = new Array<number>(nodes).fill(0);
    let owner = nodes;
    for (const { units, seconds } of ofWave) {
      if (units === 1) loads[--owner % nodes]! += seconds;
      else for (let unit = 0; unit < units; unit++) loads[unit % nodes]! += seconds / units;
      if (owner === 0) owner = nodes;
    }
    sum += Math.max(...loads);
  }
  return sum;
}

const hours = (seconds: number): string => (seconds / 3600).toFixed(1);

for (const [what, saes, topics] of [
  ['13 SAEs, 23 topics', 13, 23],
  ['52 SAEs, 1,000 topics', 52, 1000],
] as const) {
  const parts = partsOf(saes, topics);
  const gather = parts.reduce((sum, part) => sum + part.gather, 0);
  console.log(`\n| ${what} | 1 node | 10 nodes | 100 nodes |\n|---|---|---|---|`);
  const shards = [1, 10, 100].map((nodes) => shardSeconds(parts, nodes));
  console.log(`| shards, hours | ${shards.map(hours).join(' | ')} |`);
  console.log(`| gathers, hours | ${shards.map(() => hours(gather)).join(' | ')} |`);
  const total = shards.map((seconds) => seconds + gather);
  console.log(`| together, hours | ${total.map(hours).join(' | ')} |`);
  console.log(`| times as fast | ${total.map((s) => (total[0]! / s).toFixed(1)).join(' | ')} |`);
  const nodes = total.map((s, i) => s * [1, 10, 100][i]!);
  console.log(`| node-hours if all wait for the gather | ${nodes.map(hours).join(' | ')} |`);
}
