/** How often a server that has ended is started again before somebody is asked. */
export const MOST = 5;

/** The milliseconds in which that often is too often. */
export const SPAN = 3 * 60_000;

/** Counts the ends of a server, so that one which ends again and again is not started for ever. */
export class Recovery {
  #ends: number[] = [];

  /** Whether a server that has ended now is to be started again. */
  allows(now: number): boolean {
    this.#ends = [...this.#ends.filter((end) => now - end < SPAN), now];
    return this.#ends.length <= MOST;
  }

  /** Somebody has asked for a start, so what was before does not count. */
  reset(): void {
    this.#ends = [];
  }
}
