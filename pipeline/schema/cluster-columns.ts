import { oneOf } from './table.ts';

export const AXES = ['sample', 'feature'] as const;
export type Axis = (typeof AXES)[number];

export const axis = oneOf(AXES, 'whether the tree clusters the lists or the features of the map');
