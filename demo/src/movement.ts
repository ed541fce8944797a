import { generateTrajectory, type BehaviorClass, type TrajectoryPoint } from 'alice-quant';
import { FrameLoop } from './frame-loop.js';
import type { LiveClassifier } from './live-classifier.js';
import { Player } from './player.js';
import { PointerField } from './pointer-field.js';

/** The movement rests when nothing has moved for so long. */
const REST_MS = 300;

export interface MovementListener {
  /** The window has changed; `ended` is the class of a played movement that this completes. */
  onChange(ended?: BehaviorClass): void;
  onRest(): void;
  /** A press in the field stopped the movement that was playing. */
  onTakeover(): void;
}

/** Everything that moves in the field, by hand or played: drawn, and fed to the classifier, frame by frame. */
export class Movement {
  /** Takes the points from when it is there; the trail is drawn before that too. */
  classifier: LiveClassifier | undefined;

  readonly #field: PointerField;
  readonly #player = new Player();
  readonly #loop = new FrameLoop((now) => this.#step(now));
  readonly #listener: MovementListener;
  #hasChanged = false;
  #restTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(canvas: HTMLCanvasElement, listener: MovementListener) {
    this.#listener = listener;
    this.#field = new PointerField(canvas, {
      onPress: () => this.#takeOver(),
      onStart: () => this.#unlessPlaying(() => this.#clear()),
      onPoint: (point) => this.#unlessPlaying(() => this.#accept(point)),
    });
  }

  /** How large the drawing shows the movement: 1, or less where a played one would not fit. */
  get scale(): number {
    return this.#field.scale;
  }

  play(behavior: BehaviorClass, seed: number): void {
    this.#clear();
    const points = generateTrajectory(behavior, seed);
    this.#player.start(behavior, this.#field.frame(points), performance.now());
    this.#loop.wake();
  }

  refreshColours(): void {
    this.#field.refreshColours();
  }

  /** A mouse on its way from the play button must not stop what it started. */
  #unlessPlaying(action: () => void): void {
    if (this.#player.playing === undefined) action();
  }

  #takeOver(): void {
    if (this.#player.playing === undefined) return;
    this.#clear();
    this.#listener.onTakeover();
  }

  #clear(): void {
    this.#player.stop();
    this.#field.clear();
    this.classifier?.clear();
  }

  #accept(point: TrajectoryPoint): void {
    this.#field.add(point);
    this.classifier?.push(point);
    this.#hasChanged = true;
    this.#loop.wake();
  }

  #step(now: number): boolean {
    const { due, ended } = this.#player.step(now);
    for (const point of due) this.#accept(point);
    if (this.#hasChanged) {
      this.#hasChanged = false;
      clearTimeout(this.#restTimer);
      this.#restTimer = setTimeout(() => this.#listener.onRest(), REST_MS);
      this.#listener.onChange(ended);
    }
    const isFading = this.#field.draw(now);
    return isFading || this.#player.playing !== undefined;
  }
}
