/** Tells screen readers politely, and not more often than they can follow: the newest text wins. */
export class Announcer {
  readonly #region: HTMLElement;
  readonly #pauseMs: number;
  #pending: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(region: HTMLElement, pauseMs = 2000) {
    this.#region = region;
    this.#pauseMs = pauseMs;
  }

  say(text: string): void {
    this.#pending = text;
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#speak(), this.#pauseMs);
  }

  #speak(): void {
    this.#timer = undefined;
    if (this.#pending !== undefined && this.#pending !== this.#region.textContent) {
      this.#region.textContent = this.#pending;
    }
    this.#pending = undefined;
  }
}
