// Six ways of moving a hand, made here and not by the product's generator: what the page names them must follow from the
// movement alone. A movement is where the pointer is at each time, in px from the middle of the field, sampled at 125 Hz.
import type { BehaviorClass } from 'alice-quant';

export interface Point {
  x: number;
  y: number;
  /** In ms. */
  t: number;
}

interface Stroke {
  durationMs: number;
  /** Offset from where the stroke begins; `share` runs from 0 to 1. */
  offset: (share: number) => { x: number; y: number };
}

const SAMPLE_MS = 8;
const wave = (cycles: number, phase = 0) => Math.sin(2 * Math.PI * (cycles + phase));

/** The speed profile of an aimed movement (Flash and Hogan 1985). */
const minimumJerk = (share: number) => share ** 3 * (10 - 15 * share + 6 * share ** 2);

const aim = (x: number, y: number, durationMs: number): Stroke => ({
  durationMs,
  offset: (share) => ({ x: x * minimumJerk(share), y: y * minimumJerk(share) }),
});

const rest = (durationMs: number): Stroke => ({ durationMs, offset: () => ({ x: 0, y: 0 }) });

/** A walk at a speed whose heading is a function of the share. */
function walk(durationMs: number, speedPxPerS: number, heading: (share: number) => number): Stroke {
  const steps = 400;
  const track = [{ x: 0, y: 0 }];
  for (let i = 0; i < steps; ++i) {
    const length = (speedPxPerS * durationMs) / 1000 / steps;
    const angle = heading(i / steps);
    const from = track[i]!;
    track.push({ x: from.x + length * Math.cos(angle), y: from.y + length * Math.sin(angle) });
  }
  return { durationMs, offset: (share) => track[Math.round(share * steps)]! };
}

/** Strokes one after the other, with the tremor of a hand: 10 Hz, under a pixel. */
function sampled(start: { x: number; y: number }, strokes: Stroke[]): Point[] {
  const points: Point[] = [];
  let [origin, beganAt] = [start, 0];
  let t = 0;
  for (const { durationMs, offset } of strokes) {
    for (; t < beganAt + durationMs; t += SAMPLE_MS) {
      const { x, y } = offset((t - beganAt) / durationMs);
      const tremor = { x: 0.3 * wave(0.01 * t), y: 0.3 * wave(0.01 * t, 0.3) };
      points.push({ x: origin.x + x + tremor.x, y: origin.y + y + tremor.y, t });
    }
    const end = offset(1);
    origin = { x: origin.x + end.x, y: origin.y + end.y };
    beganAt += durationMs;
  }
  return points;
}

const shake = (durationMs: number, perSecond: number, amplitude: number): Stroke => ({
  durationMs,
  offset: (share) => ({
    x: amplitude * wave((share * durationMs * perSecond) / 1000),
    y: 14 * wave((share * durationMs * 1.3) / 1000),
  }),
});

export const movements: Record<BehaviorClass, Point[]> = {
  lost_confused: sampled({ x: 0, y: 0 }, [
    walk(320, 150, () => 0.4),
    walk(240, 110, () => 2.5),
    rest(120),
    walk(280, 160, () => -1.9),
    walk(260, 120, () => 0.9),
    rest(100),
    walk(280, 140, () => 3.6),
  ]),
  rage_shake: sampled({ x: 0, y: 0 }, [shake(1500, 3.5, 110)]),
  precision_snipe: sampled({ x: -260, y: 60 }, [
    aim(470, -90, 760),
    rest(60),
    aim(16, -5, 200),
    rest(60),
    aim(5, 1, 160),
    rest(100),
  ]),
  urgent_rush: sampled({ x: -480, y: 0 }, [aim(560, 40, 400), rest(50), aim(420, 20, 330)]),
  casual_explore: sampled({ x: -160, y: 120 }, [walk(1500, 260, (share) => -1.2 + 2.4 * share)]),
  uncertain: sampled({ x: -100, y: 60 }, [
    walk(700, 240, (share) => -0.6 + share),
    shake(400, 4, 60),
    walk(400, 120, () => 2.2),
  ]),
};
