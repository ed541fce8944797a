import type { TrajectoryPoint } from 'alice-quant';
import { Trail, type Surface } from './trail.js';

export interface FieldListener {
  /** A mouse button, finger or pen came down. */
  onPress(): void;
  /** A new movement begins: what came before does not belong to it. */
  onStart(): void;
  onPoint(point: TrajectoryPoint): void;
}

const MARGIN_PX = 24;

/** The canvas that follows mouse, finger and pen, and draws the trail of whatever moves in it. */
export class PointerField {
  readonly #canvas: HTMLCanvasElement;
  readonly #surface: Surface;
  readonly #trail = new Trail();
  readonly #listener: FieldListener;
  readonly #stillness = matchMedia('(prefers-reduced-motion: reduce)');
  #pointerId: number | undefined;

  constructor(canvas: HTMLCanvasElement, listener: FieldListener) {
    const context = canvas.getContext('2d');
    if (!context) throw new Error('This browser gives no 2D canvas.');
    this.#canvas = canvas;
    this.#listener = listener;
    this.#surface = { context, width: 0, height: 0, scale: 1, colours: { trail: '', grid: '' } };
    this.refreshColours();

    canvas.addEventListener('pointerdown', (event) => this.#begin(event));
    canvas.addEventListener('pointermove', (event) => this.#follow(event));
    new ResizeObserver(() => this.#resize()).observe(canvas);
  }

  get scale(): number {
    return this.#surface.scale;
  }

  /** Moves `points` so that they lie about the centre, and zooms the drawing out where they would not fit. */
  frame(points: readonly TrajectoryPoint[]): TrajectoryPoint[] {
    const { width, height } = this.#surface;
    const xs = points.map((point) => point.x);
    const ys = points.map((point) => point.y);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const fit = (room: number, size: number) => (size > 0 ? (room - 2 * MARGIN_PX) / size : 1);
    this.#surface.scale = Math.min(1, fit(width, right - left), fit(height, bottom - top));
    const dx = (width - left - right) / 2;
    const dy = (height - top - bottom) / 2;
    return points.map(({ x, y, t }) => ({ x: x + dx, y: y + dy, t }));
  }

  /** Forgets the trail, and shows movement in its own size again unless `frame` comes next. */
  clear(): void {
    this.#trail.clear();
    this.#surface.scale = 1;
  }

  add(point: TrajectoryPoint): void {
    this.#trail.add(point);
  }

  /** Draws one frame; false once there is nothing more to fade. */
  draw(now: number): boolean {
    const isStill = this.#stillness.matches;
    const isVisible = this.#trail.prune(isStill ? this.#trail.newest : now);
    this.#trail.draw(this.#surface, isStill ? undefined : now);
    return isVisible && !isStill;
  }

  refreshColours(): void {
    const style = getComputedStyle(this.#canvas);
    this.#surface.colours = {
      trail: style.getPropertyValue('--trail'),
      grid: style.getPropertyValue('--grid'),
    };
    this.draw(performance.now());
  }

  #begin(event: PointerEvent): void {
    if (!event.isPrimary) return;
    this.#listener.onPress();
    // A finger or pen that comes down somewhere else has not moved there.
    if (event.pointerType !== 'mouse' || event.pointerId !== this.#pointerId) this.#listener.onStart();
    this.#pointerId = event.pointerId;
    this.#report(event, this.#canvas.getBoundingClientRect());
  }

  #follow(event: PointerEvent): void {
    if (!event.isPrimary) return;
    if (event.pointerId !== this.#pointerId) this.#listener.onStart();
    this.#pointerId = event.pointerId;
    const box = this.#canvas.getBoundingClientRect();
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length > 0 ? parts : [event]) this.#report(part, box);
  }

  #report(event: PointerEvent, box: DOMRect): void {
    this.#listener.onPoint({ x: event.clientX - box.left, y: event.clientY - box.top, t: event.timeStamp });
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const ratio = devicePixelRatio;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#surface.width = width;
    this.#surface.height = height;
    this.#surface.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.draw(performance.now());
  }
}
