import type { BehaviorClass, TrajectoryPoint } from 'alice-quant';

/** Gives the points of a recorded movement when their time has come, on the page's own clock. */
export class Player {
  #points: TrajectoryPoint[] = [];
  #next = 0;
  #behavior: BehaviorClass | undefined;

  /** What is being played. */
  get playing(): BehaviorClass | undefined {
    return this.#behavior;
  }

  /** `points` begin at `now`, whatever their own clock says. */
  start(behavior: BehaviorClass, points: readonly TrajectoryPoint[], now: number): void {
    const delay = now - (points[0]?.t ?? 0);
    this.#points = points.map(({ x, y, t }) => ({ x, y, t: t + delay }));
    this.#next = 0;
    this.#behavior = behavior;
  }

  /** The points due at `now`; `ended` names the class with the last of them. */
  step(now: number): { due: TrajectoryPoint[]; ended?: BehaviorClass } {
    const first = this.#next;
    while (this.#next < this.#points.length && this.#points[this.#next]!.t <= now) this.#next += 1;
    const due = this.#points.slice(first, this.#next);
    if (this.#behavior === undefined || this.#next < this.#points.length) return { due };
    const ended = this.#behavior;
    this.stop();
    return { due, ended };
  }

  stop(): void {
    this.#points = [];
    this.#next = 0;
    this.#behavior = undefined;
  }
}
