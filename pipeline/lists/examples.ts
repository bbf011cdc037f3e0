import type { ExampleList } from './form.ts';

/**
 * Three lists to show to a model before it is asked: a short one, a long one, and one without a qualifier. Their topics
 * are none of a study's.
 * @param request of a list, by its qualifier (with its trailing space, or empty) and topic
 */
export const exampleLists = (
  request: (qualifier: string, topic: string) => string,
): readonly ExampleList[] =>
  LISTS.map(({ qualifier, topic, items }) => ({ request: request(qualifier, topic), items }));

const LISTS = [
  { qualifier: 'short ', topic: 'Furniture', items: ['Table', 'Chair', 'Sofa', 'Bookcase'] },
  {
    qualifier: 'long ',
    topic: 'Musical Instruments',
    items: [
      'Piano',
      'Violin',
      'Guitar',
      'Flute',
      'Drums',
      'Trumpet',
      'Cello',
      'Harp',
      'Clarinet',
      'Saxophone',
      'Oboe',
      'Accordion',
    ],
  },
  {
    qualifier: '',
    topic: 'Tools',
    items: ['Hammer', 'Saw', 'Drill', 'Wrench', 'Pliers', 'Chisel', 'Screwdriver'],
  },
] as const;
