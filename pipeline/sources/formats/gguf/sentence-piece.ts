import { type Metadata, REMEDY } from './metadata.ts';
import type { TokenizerParts } from './tokenizer-parts.ts';
import { type Vocabulary, vocabularyObject } from './vocabulary.ts';

/**
 * SentencePiece's kind of BPE: spaces become `▁`, then the neighbours that make the token of the best score are joined,
 * the leftmost of equal ones. A character without a token is spelled in bytes.
 * Its scores become ranks of merges: every way to make a token of two, by the score of what is made.
 * @throws where scores are missing, equal or no numbers, a byte has no token, or texts are given a space in front
 */
export function sentencePiece(metadata: Metadata, vocabulary: Vocabulary): TokenizerParts {
  metadata.expect('tokenizer.ggml.pre', 'default');
  if (metadata.flag('tokenizer.ggml.add_space_prefix', true))
    throw new Error(
      `${metadata.path}: tokenizer.ggml.add_space_prefix is true, or left out: a space before every text is not read: use another model`,
    );
  metadata.expect('tokenizer.ggml.remove_extra_whitespaces', false);
  checkBytes(metadata, vocabulary);
  return {
    normalizer: { type: 'Replace', pattern: { String: ' ' }, content: SPACE },
    pre_tokenizer: null,
    model: {
      type: 'BPE',
      unk_token: vocabulary.tokens[metadata.number('tokenizer.ggml.unknown_token_id')] ?? null,
      byte_fallback: true,
      fuse_unk: true,
      ignore_merges: false,
      vocab: vocabularyObject(vocabulary),
      merges: mergesByScore(metadata, vocabulary),
    },
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: SPACE }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
      ],
    },
    addsBos: true,
  };
}

const SPACE = '▁';

/** Every two that make a token, the best score first. */
function mergesByScore(metadata: Metadata, vocabulary: Vocabulary): [string, string][] {
  const scores = readScores(metadata, vocabulary);
  const { tokens, kinds } = vocabulary;
  const made = tokens
    .map((token, id) => ({ token, score: scores[id]!, splits: splitsOf(token, vocabulary) }))
    .filter(({ splits }, id) => kinds[id] === 'normal' && splits.length > 0)
    .sort((a, b) => b.score - a.score);
  made.forEach(({ token, score }, i) => {
    const next = made[i + 1];
    if (next && next.score === score)
      throw new Error(
        `${metadata.path}: tokenizer.ggml.scores: ${JSON.stringify(token)} and ${JSON.stringify(next.token)} both have ${score}: ${REMEDY}`,
      );
  });
  return made.flatMap(({ splits }) => splits);
}

function readScores(metadata: Metadata, { tokens }: Vocabulary): readonly number[] {
  const key = 'tokenizer.ggml.scores';
  const scores = metadata.numbers(key);
  if (scores.length === tokens.length) return scores;
  throw new Error(
    `${metadata.path}: ${key} has ${scores.length} values, and there are ${tokens.length} tokens: ${REMEDY}`,
  );
}

/** The ways to make a token of two parts that a text can be in: single characters and tokens. */
function splitsOf(token: string, { ids, kinds }: Vocabulary): [string, string][] {
  const characters = Array.from(token);
  const isPart = (part: string, length: number) =>
    length === 1 || kinds[ids.get(part)!] === 'normal';
  const splits: [string, string][] = [];
  for (let i = 1, left = ''; i < characters.length; i++) {
    left += characters[i - 1]!;
    const right = token.slice(left.length);
    if (isPart(left, i) && isPart(right, characters.length - i)) splits.push([left, right]);
  }
  return splits;
}

/** Without its token, a byte of a character that is no token would be lost. */
function checkBytes({ path }: Metadata, { ids, kinds }: Vocabulary): void {
  for (let byte = 0; byte < 256; byte++) {
    const token = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
    if (kinds[ids.get(token)!] !== 'byte')
      throw new Error(`${path}: tokenizer.ggml.tokens: no byte token ${token}: ${REMEDY}`);
  }
}
