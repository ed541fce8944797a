import {
  BEHAVIOR_CLASSES,
  FEATURE_NAMES,
  FeatureWindow,
  extractFeatures,
  generateTrajectory,
  loadRuntime,
  type BehaviorClass,
  type TrajectoryPoint,
} from 'alice-quant';
import { beforeAll, describe, expect, test } from 'vitest';

beforeAll(() => loadRuntime());

/** A circle of 50 px in 0.96 s, an event every 16 ms. */
const circle: TrajectoryPoint[] = Array.from({ length: 61 }, (_, i) => ({
  x: 200 + 50 * Math.cos(i / 10),
  y: 200 + 50 * Math.sin(i / 10),
  t: 1000 + 16 * i,
}));
const named = (features: Float32Array, name: (typeof FEATURE_NAMES)[number]) =>
  features[FEATURE_NAMES.indexOf(name)]!;

describe('extractFeatures', () => {
  test('measures a circle', () => {
    const { features, insufficient } = extractFeatures(circle);
    expect(insufficient).toBe(false);
    expect(features).toHaveLength(12);
    const chord = 2 * 50 * Math.sin(0.05);
    expect(named(features, 'velocity_avg')).toBeCloseTo((1000 * chord) / 16 / 2000, 6);
    expect(named(features, 'curvature_avg')).toBeCloseTo(0.1 / chord / 0.1, 5);
    expect(named(features, 'angle_change_rate')).toBeCloseTo(0.1 / Math.PI, 6);
    expect(named(features, 'straightness')).toBeCloseTo((2 * 50 * Math.sin(3)) / (60 * chord), 4);
  });

  test('says where there is too little movement', () => {
    for (const points of [[], circle.slice(0, 3), circle.map(({ t }) => ({ x: 5, y: 5, t }))]) {
      expect(extractFeatures(points)).toEqual({ features: new Float32Array(12), insufficient: true });
    }
  });

  test.each<[string, Partial<TrajectoryPoint>, string]>([
    ['a NaN', { x: NaN }, 'trajectory_not_finite'],
    ['an infinite time', { t: Infinity }, 'trajectory_not_finite'],
    ['a time that runs backwards', { t: 0 }, 'trajectory_time_reversed'],
  ])('refuses %s and names the point', (_, change, code) => {
    const points = circle.map((point, i) => (i === 17 ? { ...point, ...change } : point));
    expect(() => extractFeatures(points)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining('17') as string }),
    );
  });
});

describe('generateTrajectory', () => {
  test.each(BEHAVIOR_CLASSES)('makes %s, the same for the same seed', (behavior) => {
    const points = generateTrajectory(behavior, 7);
    expect(generateTrajectory(behavior, 7)).toEqual(points);
    expect(generateTrajectory(behavior, 8)).not.toEqual(points);
    expect(points[0]!.t).toBe(0);
    const { features } = extractFeatures(points);
    for (const value of features) expect(value).toSatisfy((x: number) => x >= 0 && x <= 1);
  });

  test('draws from other parameters for other splits', () => {
    const of = (split: 'any' | 'train' | 'test') => generateTrajectory('rage_shake', 3, { split });
    expect(of('train')).not.toEqual(of('test'));
    expect(of('any')).toEqual(generateTrajectory('rage_shake', 3));
  });

  test('takes every seed that a number can name', () => {
    expect(generateTrajectory('uncertain', 2 ** 53 - 1)).not.toEqual(
      generateTrajectory('uncertain', 2 ** 32 - 1),
    );
  });

  test.each<[string, unknown, number]>([
    ['an unknown class', 'bored', 1],
    ['a seed below zero', 'uncertain', -1],
    ['a seed that is not whole', 'uncertain', 0.5],
    ['a seed too large', 'uncertain', 2 ** 53],
  ])('refuses %s', (_, behavior, seed) => {
    expect(() => generateTrajectory(behavior as BehaviorClass, seed)).toThrow(
      expect.objectContaining({ code: 'argument_invalid' }),
    );
  });
});

describe('FeatureWindow', () => {
  test('gives, bit for bit, what the whole trajectory gives', () => {
    const window = new FeatureWindow();
    circle.forEach((point) => window.push(point));
    expect(window.size).toBe(circle.length);
    expect(window.extract()).toEqual(extractFeatures(circle));
    window.dispose();
  });

  test('forgets what is older than its length', () => {
    const window = new FeatureWindow(1000);
    window.push({ x: 0, y: 0, t: 0 });
    circle.forEach((point) => window.push(point));
    expect(window.extract()).toEqual(extractFeatures(circle));
    window.advance(circle.at(-1)!.t + 900);
    expect(window.size).toBeLessThan(10);
    window.advance(1e6);
    expect(window.extract().insufficient).toBe(true);
    window.dispose();
  });

  test('gives features that stay as they are', () => {
    const window = new FeatureWindow();
    circle.forEach((point) => window.push(point));
    const { features } = window.extract();
    const before = features.slice();
    window.clear();
    expect(window.size).toBe(0);
    expect(window.extract().insufficient).toBe(true);
    expect(features).toEqual(before);
    window.dispose();
  });

  test('takes events with those coalesced into them', () => {
    const asEvent = ({ x, y, t }: TrajectoryPoint) => ({ clientX: x, clientY: y, timeStamp: t });
    const window = new FeatureWindow();
    for (let i = 0; i < 60; i += 3) {
      const coalesced = circle.slice(i, i + 3).map(asEvent);
      window.pushEvent({ ...coalesced.at(-1)!, getCoalescedEvents: () => coalesced });
    }
    window.pushEvent({ ...asEvent(circle[60]!), getCoalescedEvents: () => [] });
    expect(window.extract()).toEqual(extractFeatures(circle));
    window.pushEvent(asEvent(circle[3]!));
    expect(window.extract()).toEqual(extractFeatures(circle));
    window.dispose();
  });

  test('refuses a point and keeps the others', () => {
    const window = new FeatureWindow();
    circle.forEach((point) => window.push(point));
    expect(() => window.push({ x: 0, y: 0, t: 0 })).toThrow(
      expect.objectContaining({ code: 'trajectory_time_reversed' }),
    );
    expect(() => window.push({ x: NaN, y: 0, t: 1e6 })).toThrow(
      expect.objectContaining({ code: 'trajectory_not_finite' }),
    );
    expect(window.extract()).toEqual(extractFeatures(circle));
    window.dispose();
  });

  test('cannot be used after its disposal', () => {
    const window = new FeatureWindow();
    window.dispose();
    window.dispose();
    for (const use of [
      () => window.size,
      () => window.extract(),
      () => window.clear(),
      () => window.push(circle[0]!),
      () => window.advance(0),
    ]) {
      expect(use).toThrow(expect.objectContaining({ code: 'disposed' }));
    }
  });
});
