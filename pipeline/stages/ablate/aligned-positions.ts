import type { Target } from './target.ts';

/**
 * Names positions of prompts alike, so that one feature can be edited at the same place in lists of all topics: positions
 * before the topic are counted from the prompt's start (0, 1, …), all others from its end (−1 is the last).
 */
export interface AlignedPositions {
  /** @param pos in the prompt */
  readonly name: (target: Target, pos: number) => number;
  /** The position of a name; null where a prompt is too short to have it. */
  readonly find: (target: Target, name: number) => number | null;
}

/** @param targets of at least two topics; templates are aligned by themselves */
export function alignPositions(targets: readonly Target[]): AlignedPositions {
  const byTemplate = Map.groupBy(targets, ({ list }) => list.template);
  const shared = new Map(
    [...byTemplate].map(([template, group]) => [template, commonStart(group.map(promptOf))]),
  );
  const startOf = ({ list }: Target) => shared.get(list.template)!;
  return {
    name: (target, pos) => (pos < startOf(target) ? pos : pos - target.list.n_prompt_tokens),
    find(target, name) {
      if (name >= 0) return name < startOf(target) ? name : null;
      const pos = target.list.n_prompt_tokens + name;
      return pos >= startOf(target) ? pos : null;
    },
  };
}

const promptOf = ({ list }: Target): readonly number[] =>
  list.token_ids.slice(0, list.n_prompt_tokens);

/** Number of tokens with which all prompts begin. */
function commonStart(prompts: readonly (readonly number[])[]): number {
  const [first = [], ...others] = prompts;
  const differs = first.findIndex((id, pos) => others.some((prompt) => prompt[pos] !== id));
  return differs < 0 ? first.length : differs;
}
