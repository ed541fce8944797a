import type { AliceError } from './errors.js';

/** How long what was lost is left alone: twice as long each time, unless it served for longer than the longest. */
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 5 * 60_000;

/** That a module was lost, or could not take over. Times are those of `performance.now()`. */
export interface Outage {
  cause: AliceError;
  delayMs: number;
  /** When it is tried again. */
  dueMs: number;
  /** It serves again. */
  isOver: boolean;
}

/** The one that begins now; `former` is that before, where there was one. */
export function outageAfter(former: Outage | undefined, cause: AliceError): Outage {
  const now = performance.now();
  const isAgain = former && now - former.dueMs < LONGEST_DELAY_MS;
  const delayMs = isAgain ? Math.min(2 * former.delayMs, LONGEST_DELAY_MS) : FIRST_DELAY_MS;
  return { cause, delayMs, dueMs: now + delayMs, isOver: false };
}

/** As JavaScript's dates count: ms since 1970. */
export const onTheClock = (ms: number): number => Date.now() - performance.now() + ms;
