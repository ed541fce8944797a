/** Where a progress bar is drawn. */
export interface ProgressOutput {
  isTTY?: boolean;
  write(text: string): unknown;
}

const APPEARS_AFTER_MS = 300;
const REDRAWN_EVERY_MS = 80;
const CELLS = 30;

/** A bar on one line of a terminal. It stays away from what is no terminal, and from work that is soon done. */
export class ProgressBar {
  readonly #output: ProgressOutput;
  readonly #label: string;
  readonly #now: () => number;
  #nextDrawAt: number;
  #isDrawn = false;

  constructor(output: ProgressOutput, label: string, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#label = label;
    this.#now = now;
    this.#nextDrawAt = now() + APPEARS_AFTER_MS;
  }

  /** Whether there is anybody to see it. */
  get isVisible(): boolean {
    return this.#output.isTTY === true;
  }

  /** `done` of `total` is done. */
  update(done: number, total: number): void {
    if (!this.isVisible || this.#now() < this.#nextDrawAt) return;
    this.#nextDrawAt = this.#now() + REDRAWN_EVERY_MS;
    this.#isDrawn = true;
    const share = total > 0 ? done / total : 0;
    const full = Math.round(share * CELLS);
    const bar = '█'.repeat(full) + '░'.repeat(CELLS - full);
    this.#output.write(`\r${this.#label} ${bar} ${Math.floor(100 * share)} % (${done}/${total})\x1b[K`);
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.#isDrawn) this.#output.write('\r\x1b[K');
    this.#isDrawn = false;
  }
}
