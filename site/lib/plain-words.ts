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
  'numbered-turn': 'a chat with numbered items, in which the end of the turn ends a list',
  'numbered-turn-examples':
    'a chat with numbered items, with three lists of other topics as examples before the request',
  'numbered-text': 'a text of a heading and numbered items, which a blank line ends',
  'numbered-text-examples':
    'a text of a heading and numbered items, after three lists of other topics as examples',
  'commas-turn': 'a chat with commas between items, in which the end of the turn ends a list',
  'commas-stop': 'a chat with commas between items, in which a full stop ends a list',
  'commas-text': 'a text of items with commas on the line of their heading, which a full stop ends',
  'commas-text-examples':
    'a text of items with commas on the line of their heading, after three lists of other topics as examples',
  'lines-turn': 'a chat with an item on each line, in which the end of the turn ends a list',
  'lines-text': 'a text of a heading and an item on each line, which a blank line ends',
  'lines-text-examples':
    'a text of a heading and an item on each line, after three lists of other topics as examples',
};

/** A name of a table's value in plain words; what is a word already stays. Runs in the build and in the browser. */
export const plainWord = (name: string): string =>
  Object.hasOwn(WORDS, name) ? WORDS[name]! : name;
