import type { TrajectoryPoint } from 'alice-quant';

export const TRAIL_MS = 1500;
const GRID_PX = 100;
const WIDTH_PX = 3;
const SAMPLE_RADIUS_PX = 1.6;
const HEAD_RADIUS_PX = 5;

export interface Surface {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
  /** How large a pixel of movement is drawn, about the centre of the surface. */
  scale: number;
  colours: { trail: string; grid: string };
}

/** The last 1.5 s of movement, as a line that fades and the samples on it. */
export class Trail {
  #points: TrajectoryPoint[] = [];

  add(point: TrajectoryPoint): void {
    this.#points.push(point);
  }

  clear(): void {
    this.#points = [];
  }

  /** Lets go of what has faded at `now`; false when nothing is left. */
  prune(now: number): boolean {
    const firstVisible = this.#points.findIndex((point) => now - point.t < TRAIL_MS);
    this.#points = firstVisible < 0 ? [] : this.#points.slice(firstVisible);
    return this.#points.length > 0;
  }

  /** Time of the newest point. */
  get newest(): number {
    return this.#points.at(-1)?.t ?? -Infinity;
  }

  /** `now` undefined: without fading. */
  draw(surface: Surface, now?: number): void {
    const { context, width, height, scale } = surface;
    context.save();
    context.clearRect(0, 0, width, height);
    drawGrid(surface);
    context.translate(width / 2, height / 2);
    context.scale(scale, scale);
    context.translate(-width / 2, -height / 2);
    this.#drawLine(surface, now);
    context.restore();
  }

  #drawLine({ context, scale, colours }: Surface, now: number | undefined): void {
    context.strokeStyle = colours.trail;
    context.fillStyle = colours.trail;
    context.lineCap = 'round';
    const strength = (point: TrajectoryPoint) =>
      now === undefined ? 1 : Math.max(0, 1 - (now - point.t) / TRAIL_MS);

    for (let i = 1; i < this.#points.length; ++i) {
      const from = this.#points[i - 1]!;
      const to = this.#points[i]!;
      const alpha = strength(to);
      context.globalAlpha = 0.75 * alpha;
      context.lineWidth = (WIDTH_PX * (0.35 + 0.65 * alpha)) / scale;
      context.beginPath();
      context.moveTo(from.x, from.y);
      context.lineTo(to.x, to.y);
      context.stroke();
    }
    for (const point of this.#points) drawDot(context, point, SAMPLE_RADIUS_PX / scale, strength(point));
    const head = this.#points.at(-1);
    if (head) drawDot(context, head, HEAD_RADIUS_PX / scale, strength(head));
  }
}

function drawDot(
  context: CanvasRenderingContext2D,
  at: TrajectoryPoint,
  radius: number,
  alpha: number,
): void {
  context.globalAlpha = alpha;
  context.beginPath();
  context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** Lines every 100 px of movement, through the centre. */
function drawGrid({ context, width, height, scale, colours }: Surface): void {
  const step = GRID_PX * scale;
  const start = (length: number) => (length / 2) % step;
  context.strokeStyle = colours.grid;
  context.lineWidth = 1;
  context.beginPath();
  for (let x = start(width); x < width; x += step) {
    context.moveTo(Math.round(x) + 0.5, 0);
    context.lineTo(Math.round(x) + 0.5, height);
  }
  for (let y = start(height); y < height; y += step) {
    context.moveTo(0, Math.round(y) + 0.5);
    context.lineTo(width, Math.round(y) + 0.5);
  }
  context.stroke();
}
