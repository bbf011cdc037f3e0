/** What names in tables are called on a page. */
export const WORDS: Readonly<Record<string, string>> = {
  'from-prompt': 'from the prompt',
  continue: 'continued',
  ban_end: 'the end banned',
  ban_blank: 'the item’s end banned',
  ban_both: 'both banned',
  end_logit: 'the end made less likely',
  steering_item_end: 'steering by items’ ends',
  swap_word: 'the word swapped',
  drop_word: 'the word left out',
  'hyphens-blank': 'a chat in which a blank ends a list',
  'hyphens-turn': 'a chat in which the end of the turn ends a list',
  'hyphens-turn-examples': 'a chat with three lists of other topics as examples before the request',
  'hyphens-text': 'a text of a heading and items, which a blank line ends',
  'hyphens-text-examples':
    'a text of a heading and items, after three lists of other topics as examples',
  'stars-turn': 'a chat with asterisks, in which the end of the turn ends a list',
  'stars-text': 'a text of a heading and items with asterisks, which a blank line ends',
};

/** A name of a table's value in plain words; what is a word already stays. Runs in the build and in the browser. */
export const plainWord = (name: string): string =>
  Object.hasOwn(WORDS, name) ? WORDS[name]! : name;
