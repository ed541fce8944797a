import type { AliceQuantizationEngine } from 'alice-quant';
import { loadCalibration } from './models.js';

const PER_FRAME = 2;

/** Asks the model about the calibration trajectories, some a frame, for as long as it is told to. */
export class InferenceStream {
  readonly #onFrame: () => void;
  #engine: AliceQuantizationEngine | undefined;
  #rows: readonly Float32Array[] = [];
  #asked = 0;
  #left = 0;
  #isRunning = false;

  constructor(onFrame: () => void) {
    this.#onFrame = onFrame;
  }

  /** Goes on for `inferences` from now; Infinity: until the next call. */
  async run(engine: AliceQuantizationEngine, inferences: number): Promise<void> {
    this.#engine = engine;
    this.#left = inferences;
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { samples } = await loadCalibration();
    this.#rows = samples.map(({ features }) => Float32Array.from(features));
    requestAnimationFrame(this.#step);
  }

  stop(): void {
    this.#left = 0;
  }

  readonly #step = (): void => {
    for (let i = 0; i < PER_FRAME && this.#left > 0; ++i) {
      this.#engine?.inferSync(this.#rows[this.#asked % this.#rows.length]!);
      this.#asked += 1;
      this.#left -= 1;
    }
    this.#onFrame();
    this.#isRunning = this.#left > 0;
    if (this.#isRunning) requestAnimationFrame(this.#step);
  };
}
