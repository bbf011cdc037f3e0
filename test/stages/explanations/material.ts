import type { Row } from '../../../pipeline/schema/table.ts';
import type { tokens } from '../../../pipeline/schema/tokens.ts';
import {
  type Described,
  describe,
  type SplitList,
  splitByTopic,
} from '../../../pipeline/stages/explanations/described.ts';
import type { Material } from '../../../pipeline/stages/explanations/score-sae.ts';
import { windowsOf } from '../../../pipeline/stages/explanations/windows.ts';
import { listRow } from '../lists.ts';

type TokenRow = Row<typeof tokens>;

export const TOPICS = ['Rivers', 'Fruits', 'Colors', 'Ocean', 'Cars', 'Birds', 'Towns', 'Seas'];

/** Tokens of a list: a beginning and a prompt, then items that differ by topic, all with " red" somewhere. */
export function tokensOf({ list }: SplitList): TokenRow[] {
  const found: TokenRow[] = [];
  const put = (token: string, kind: TokenRow['kind'], item_index: number | null = null) => {
    const pos = found.length;
    const of = { sample_id: list.sample_id, pos, token_id: 0, is_prompt: kind === 'prompt' };
    found.push({ ...of, token, kind, item_index });
  };
  for (const token of ['<bos>', 'List', ' red', ' things', '\n']) put(token, 'prompt');
  const nItems = 5 + (list.topic.length % 4);
  for (let item = 0; item < nItems; item++) {
    put('-', 'marker', item);
    put(item === list.topic.length % 5 ? ' red' : ` ${list.topic} ${item}`, 'item', item);
    put('\n', 'newline', item);
  }
  return found;
}

/** A list of each topic, with its part: held out, or one of two folds. */
export const lists = splitByTopic(TOPICS.map((topic) => listRow(topic, 0)));
const rows = lists.flatMap(tokensOf);

/** The lists' positions, and what describes them. */
export const described: Described = describe(lists, rows, 1);
export const material: Material = { described, windows: windowsOf(described, lists), seed: 1 };

/** The tokens whose activations count: all but the first of each list. */
export const counted = rows.filter(({ pos }) => pos >= 1);

/** [counted token]: activations of a feature. */
export const actsWhere = (value: (token: TokenRow) => number) => Float32Array.from(counted, value);
export const onRed = actsWhere(({ token }) => (token === ' red' ? 2 : 0));
export const onThird = actsWhere(({ kind, item_index }) =>
  kind === 'item' && item_index === 2 ? 3 : 0,
);
export const never = actsWhere(() => 0);

/** The text of a token that features raise. */
export const token = (id: number) => ['\n', ' blue', '-', '.'][id]!;
export const promoted = [0, 1, 2, 3].map((tokenId) => ({ tokenId, logit: 1 }));

/** The SAE that the features are of. */
export const sae = {
  id: 'res_1',
  family: 'res',
  layer: 1,
  hook: 'h',
  outputHook: 'h',
  dIn: 2,
  dSae: 9,
  dOut: 2,
} as const;
