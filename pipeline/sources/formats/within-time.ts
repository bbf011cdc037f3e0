import { createContext, Script } from 'node:vm';
import type { WithinTime } from './chat-template.ts';

/** Milliseconds. A template is a program, and renders a prompt in a few. */
const LONGEST = 5000;

const RUN = new Script('run()');

/** The result of some work, which Node ends where it takes longer. */
export const withinTime: WithinTime = <T>(run: () => T): T =>
  RUN.runInContext(createContext({ run }), { timeout: LONGEST }) as T;
