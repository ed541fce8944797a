/** Runs a step once a frame for as long as it asks for another one; `wake` starts it again. */
export class FrameLoop {
  readonly #step: (now: number) => boolean;
  #requested = false;

  constructor(step: (now: number) => boolean) {
    this.#step = step;
  }

  wake(): void {
    if (this.#requested) return;
    this.#requested = true;
    requestAnimationFrame((now) => {
      this.#requested = false;
      if (this.#step(now)) this.wake();
    });
  }
}
