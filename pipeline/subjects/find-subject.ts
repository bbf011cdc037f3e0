import { nameShown } from '../schema/one-line.ts';
import { hasToken } from '../sources/formats/has-token.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import { SUBJECT_NAMES, SUBJECTS, type SubjectName } from './all.ts';

/**
 * The subject of a model: the first of its architecture whose tokens its tokenizer has. One architecture may have several,
 * as families that share it begin and end their texts by other tokens.
 * @param modelType `model_type` of config.json
 * @throws one line that names what each subject of the architecture lacks
 */
export function findSubject(modelType: unknown, tokenizer: Pick<Tokenizer, 'id'>): SubjectName {
  const ofType = SUBJECT_NAMES.filter((name) =>
    (SUBJECTS[name].architecture.modelTypes as readonly unknown[]).includes(modelType),
  );
  const found = ofType.find((name) => lacking(name, tokenizer).length === 0);
  if (found !== undefined) return found;
  if (ofType.length === 0) throw new Error(unsupported(modelType));
  const faults = ofType.map((name) => `${name} needs ${lacking(name, tokenizer).join(' ')}`);
  throw new Error(
    `no subject of ${nameShown(modelType)} fits this tokenizer: ${faults.join('; ')}: add a record to pipeline/subjects`,
  );
}

const unsupported = (modelType: unknown): string => {
  const known = new Set(
    Object.values(SUBJECTS).flatMap(({ architecture }) => architecture.modelTypes),
  );
  return `model_type ${nameShown(modelType)} is not supported: use a model of one of ${[...known].join(', ')}`;
};

/** The tokens of a subject's chat format that a tokenizer has not. */
function lacking(name: SubjectName, tokenizer: Pick<Tokenizer, 'id'>): string[] {
  const { start, stopTokens } = SUBJECTS[name].chat;
  return [start, ...stopTokens].filter((token) => token !== '' && !hasToken(tokenizer, token));
}
