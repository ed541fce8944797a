import { AliceError, valueOf } from './errors.js';
import { BEHAVIOR_CLASSES, FEATURE_NAMES, type BehaviorClass } from './generated/lists.js';
import { runtime } from './loader.js';
import { ModuleLost } from './module-lost.js';
import type { NativeFeatureWindow, NativeModule } from './native.js';
import type { Features, TrajectoryPoint } from './types.js';

/**
 * The 12 features of a whole trajectory.
 *
 * @param points In the order of their times.
 * @throws AliceError `not_initialized` before the runtime is loaded; `trajectory_not_finite`,
 *   `trajectory_time_reversed`, naming the point.
 */
export function extractFeatures(points: readonly TrajectoryPoint[]): Features {
  const values = new Float64Array(3 * points.length);
  points.forEach(({ x, y, t }, i) => values.set([x, y, t], 3 * i));
  return valueOf(onRuntime((module) => module.extractFeatures(values)));
}

/** Calls, and where the module's instance is lost once more on another. */
function onRuntime<T>(call: (module: NativeModule) => T): T {
  try {
    return call(runtime());
  } catch (error) {
    if (error instanceof ModuleLost) return call(runtime());
    throw error;
  }
}

/** What {@link FeatureWindow.pushEvent} needs of a PointerEvent. */
export interface PointerSample {
  readonly clientX: number;
  readonly clientY: number;
  /** In ms. */
  readonly timeStamp: number;
  getCoalescedEvents?(): readonly PointerSample[];
}

/**
 * The features of the last moments of a moving pointer. Points that come faster than every 7.5 ms are thinned. Where the module of
 * the engines stops, the window goes on, with its points, in what takes its place.
 */
export class FeatureWindow {
  readonly #windowMs: number;
  #module!: NativeModule;
  #native: NativeFeatureWindow | undefined;
  #heldPointer = 0;
  #newest = -Infinity;

  /**
   * @param windowMs How far back the window reaches, in ms: 1000 to 2000, to which other values are clamped.
   * @throws AliceError `not_initialized` before the runtime is loaded; `budget_exceeded`, `out_of_memory`.
   */
  constructor(windowMs = 1500) {
    this.#windowMs = windowMs;
    onRuntime((module) => this.#open(module));
  }

  /** How many points the window holds, 128 at most. */
  get size(): number {
    return this.#on((native) => native.size());
  }

  /**
   * Adds a point.
   *
   * @throws AliceError `trajectory_not_finite`, `trajectory_time_reversed`; the window is then as it was.
   */
  push({ x, y, t }: TrajectoryPoint): void {
    valueOf(this.#on((native) => native.push(x, y, t)));
    this.#newest = t;
  }

  /**
   * Adds a pointer event, with those that the browser has coalesced into it. What is older than the newest point, as
   * events of two pointers may be, is left out.
   *
   * @throws AliceError `trajectory_not_finite`.
   */
  pushEvent(event: PointerSample): void {
    const coalesced = event.getCoalescedEvents?.() ?? [];
    for (const { clientX, clientY, timeStamp } of coalesced.length > 0 ? coalesced : [event]) {
      if (timeStamp < this.#newest) continue;
      this.push({ x: clientX, y: clientY, t: timeStamp });
    }
  }

  /** Lets go of the points that are out of the window at `now` (ms, of the points' clock): for a pointer that rests. */
  advance(now: number): void {
    this.#on((native) => native.advance(now));
  }

  /** The features of the points that the window holds. */
  extract(): Features {
    return this.#on((native) => {
      const insufficient = !native.extract();
      const { buffer } = this.#module.HEAPF32;
      const features = new Float32Array(buffer, native.featuresPointer(), FEATURE_NAMES.length).slice();
      return { features, insufficient };
    });
  }

  /** Empties the window. */
  clear(): void {
    this.#on((native) => native.clear());
    this.#newest = -Infinity;
  }

  /** Gives the window's memory back. May be called again; every other method then throws `disposed`. */
  dispose(): void {
    this.#native?.delete();
    this.#native = undefined;
  }

  #open(module: NativeModule): NativeFeatureWindow {
    this.#native = valueOf(module.FeatureWindow.create(this.#windowMs));
    this.#module = module;
    this.#heldPointer = this.#native.heldPointer();
    return this.#native;
  }

  // The memory of an instance that has ended can still be read. A point that the window refuses is no point: the instance ended
  // while it was written.
  #reopen(): NativeFeatureWindow {
    const { buffer } = this.#module.HEAPF32;
    const [address, count] = new Uint32Array(buffer, this.#heldPointer, 2) as unknown as [number, number];
    const points = new Float64Array(buffer, address, 3 * count);
    const native = this.#open(runtime());
    for (let i = 0; i < points.length; i += 3) native.push(points[i]!, points[i + 1]!, points[i + 2]!);
    return native;
  }

  #on<T>(call: (native: NativeFeatureWindow) => T): T {
    if (!this.#native) throw new AliceError('disposed', 'The window was used after dispose().');
    try {
      return call(this.#native);
    } catch (error) {
      if (!(error instanceof ModuleLost)) throw error;
      return call(this.#reopen());
    }
  }
}

/** How a trajectory is made up. */
export interface TrajectoryOptions {
  /** Which part of each parameter's range is drawn from: the parts of `train` and `test` have nothing in common. */
  split?: 'any' | 'train' | 'test';
}

/**
 * Makes up a pointer trajectory of one behaviour. The same arguments give the same points everywhere.
 *
 * @param seed A whole number from 0 to 2^53 − 1.
 * @returns At least one point, times rising from 0.
 * @throws AliceError `not_initialized` before the runtime is loaded; `argument_invalid`.
 */
export function generateTrajectory(
  behaviorClass: BehaviorClass,
  seed: number,
  { split = 'any' }: TrajectoryOptions = {},
): TrajectoryPoint[] {
  const index = BEHAVIOR_CLASSES.indexOf(behaviorClass);
  if (index < 0) {
    throw new AliceError('argument_invalid', `${JSON.stringify(behaviorClass)} is no behaviour class.`, {
      hint: `Known: ${BEHAVIOR_CLASSES.join(', ')}.`,
    });
  }
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new AliceError(
      'argument_invalid',
      `${seed} is no seed: it must be a whole number from 0 to 2^53 − 1.`,
    );
  }
  const values = valueOf(onRuntime((module) => module.generateTrajectory(index, seed, split)));
  return Array.from({ length: values.length / 3 }, (_, i) => {
    const [x, y, t] = values.subarray(3 * i, 3 * i + 3) as unknown as [number, number, number];
    return { x, y, t };
  });
}
