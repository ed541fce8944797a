import {
  FeatureWindow,
  type AliceQuantizationEngine,
  type InferenceComparison,
  type InferenceResult,
  type TrajectoryPoint,
} from 'alice-quant';

export interface Reading {
  features: Float32Array;
  /** Too little movement in the window: the model was not asked. */
  insufficient: boolean;
  /** The answer of the arithmetic in service. */
  answer?: InferenceResult;
  /** Both arithmetics on the same features. */
  comparison?: InferenceComparison;
}

/** Turns the moving pointer into what the model in service says about it. */
export class LiveClassifier {
  readonly #engine: AliceQuantizationEngine;
  readonly #window = new FeatureWindow();
  #lastTime = -Infinity;

  constructor(engine: AliceQuantizationEngine) {
    this.#engine = engine;
  }

  /** Events that arrive late, before one already seen, are left out. */
  push(point: TrajectoryPoint): void {
    if (point.t < this.#lastTime) return;
    this.#lastTime = point.t;
    this.#window.push(point);
  }

  clear(): void {
    this.#window.clear();
    this.#lastTime = -Infinity;
  }

  /** The features of the window as it is now, and, with `canClassify`, the model's answers. */
  async read(canClassify: boolean): Promise<Reading> {
    const { features, insufficient } = this.#window.extract();
    if (insufficient || !canClassify) return { features, insufficient };
    const answer = this.#engine.inferSync(features);
    return { features, insufficient, answer, comparison: await this.#engine.compare(features) };
  }

  dispose(): void {
    this.#window.dispose();
  }

  /**
   * Mean time of one inference, in ms, over `budgetMs` of them and after a first batch: a single one is shorter than the
   * clock's tick, and the first ones are not compiled yet. Nothing where the two arithmetics disagree on the class: the engine
   * watches these inferences as any others, and would see one disagreement some hundred times.
   */
  timeInference({ features, comparison }: Reading, budgetMs = 2): number | undefined {
    if (!comparison || comparison.int8.classIndex !== comparison.fp32.classIndex) return undefined;
    const batch = 200;
    const runBatch = () => {
      for (let i = 0; i < batch; ++i) this.#engine.inferSync(features);
    };
    runBatch();
    let batches = 0;
    let elapsed = 0;
    const start = performance.now();
    while (elapsed < budgetMs) {
      runBatch();
      batches += 1;
      elapsed = performance.now() - start;
    }
    return elapsed / (batches * batch);
  }
}
