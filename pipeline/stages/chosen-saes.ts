import type { SaeSpec } from '../sae/sae.ts';

/** Some of a study's SAEs, in the order in which a setting names them; all, in the study's order, where it names none. */
export const chosenSaes = <S extends Pick<SaeSpec, 'id'>>(
  saes: readonly S[],
  chosen: readonly string[] | undefined,
): readonly S[] => chosen?.flatMap((id) => saes.find((sae) => sae.id === id) ?? []) ?? saes;
