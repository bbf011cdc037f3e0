import { oneOf, real, table, text } from './table.ts';

/**
 * `masked`: the answer cannot attend to the word that sets the length, and follows the process of a prompt without one.
 * `other_qualifier`: the answer is written under a word drawn anew from all, the probabilities learnt are those of the
 * prompt’s own. `mixed`: the word’s embedding is a mixture of two, and so are the parameters of its process.
 */
export const PLANTS = ['masked', 'other_qualifier', 'mixed'] as const;

export const planted = table(
  'planted',
  'one thing that the miniature was trained on beside lists under their own prompts',
  {
    plant: oneOf(
      PLANTS,
      'masked: prompts whose word for the length the answer cannot attend to; it follows the process of a prompt without one. other_qualifier: answers written under a word drawn anew from all words. mixed: prompts whose word is a mixture of two',
    ),
    share: real('share of what `of` names'),
    of: text('what it is a share of'),
  },
);
