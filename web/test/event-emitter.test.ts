import type { EngineEvent, EngineEvents } from 'alice-quant';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { EVENT_NAMES, EventEmitter } from '../dist/event-emitter.js';
import { failureOf } from './fixtures/failure.js';
import { outputOf } from './fixtures/node-module.js';

const emitter = () => new EventEmitter<{ warm: { degrees: number }; cold: string }>(['warm', 'cold']);

describe('listeners', () => {
  test('are told what is emitted under their name, in the order in which they came', () => {
    const events = emitter();
    const heard: unknown[] = [];
    events.on('warm', ({ degrees }) => heard.push(['first', degrees]));
    events.on('warm', (payload) => heard.push(['second', payload]));
    events.on('cold', (payload) => heard.push(payload));
    const payload = { degrees: 30 };
    events.emit('warm', payload);
    expect(heard).toEqual([
      ['first', 30],
      ['second', payload],
    ]);
    events.emit('cold', 'ice');
    expect(heard).toHaveLength(3);
  });

  test('are told nothing after they have unsubscribed, which may be done twice', () => {
    const events = emitter();
    const heard: string[] = [];
    const listener = (payload: string) => heard.push(payload);
    const stopFirst = events.on('cold', listener);
    const stopSecond = events.on('cold', listener);
    events.emit('cold', 'a');
    stopFirst();
    stopFirst();
    events.emit('cold', 'b');
    expect(heard).toEqual(['a', 'a', 'b']);
    expect(events.has('cold')).toBe(true);
    stopSecond();
    expect(events.has('cold')).toBe(false);
    events.emit('cold', 'c');
    expect(heard).toHaveLength(3);
  });

  test('that are added while one is told hear the next event', () => {
    const events = emitter();
    const heard: string[] = [];
    events.on('cold', (payload) => {
      heard.push(`old ${payload}`);
      events.on('cold', (later) => heard.push(`new ${later}`));
    });
    events.emit('cold', 'a');
    expect(heard).toEqual(['old a']);
    events.emit('cold', 'b');
    expect(heard).toEqual(['old a', 'old b', 'new b']);
  });

  test('that are removed while one is told hear nothing any more', () => {
    const events = emitter();
    const heard: string[] = [];
    const stopSelf = events.on('cold', () => {
      heard.push('first');
      stopSelf();
      stopLast();
    });
    events.on('cold', () => heard.push('middle'));
    const stopLast = events.on('cold', () => heard.push('last'));
    events.emit('cold', 'a');
    expect(heard).toEqual(['first', 'middle']);
    events.emit('cold', 'b');
    expect(heard).toEqual(['first', 'middle', 'middle']);
  });

  test('may emit themselves', () => {
    const events = emitter();
    const heard: number[] = [];
    events.on('warm', ({ degrees }) => {
      heard.push(degrees);
      if (degrees < 3) events.emit('warm', { degrees: degrees + 1 });
    });
    events.emit('warm', { degrees: 1 });
    expect(heard).toEqual([1, 2, 3]);
  });
});

describe('a listener that throws', () => {
  const program = (setUp: string) => `
    import { EventEmitter } from 'dist/event-emitter.js';
    const heard = [];
    ${setUp}
    const events = new EventEmitter(['cold']);
    events.on('cold', () => { throw new Error('from the listener'); });
    events.on('cold', (payload) => heard.push(payload));
    events.emit('cold', 'ice');
    heard.push('emitted');
    setTimeout(() => console.log(JSON.stringify(heard)));`;

  test('disturbs nobody, and is an uncaught error afterwards', () => {
    const output = outputOf(
      program(`process.on('uncaughtException', ({ message }) => heard.push(message));`),
    );
    expect(JSON.parse(output)).toEqual(['ice', 'emitted', 'from the listener']);
  });

  test('is reported where the platform can', () => {
    const output = outputOf(program('globalThis.reportError = ({ message }) => heard.push(message);'));
    expect(JSON.parse(output)).toEqual(['from the listener', 'ice', 'emitted']);
  });
});

test('emitting to nobody allocates nothing', () => {
  const output = outputOf(
    `import { EventEmitter } from 'dist/event-emitter.js';
    const events = new EventEmitter(['cold']);
    const emit = (times) => { for (let i = 0; i < times; ++i) events.emit('cold', 'ice'); };
    emit(100_000);
    gc();
    const before = process.memoryUsage().heapUsed;
    emit(100_000);
    console.log((process.memoryUsage().heapUsed - before) / 100_000);`,
    // As written, not as optimized; and nothing is collected before it is counted: the young generation holds it all.
    ['--expose-gc', '--no-opt', '--min-semi-space-size=64'],
  );
  // The smallest object takes 12 bytes.
  expect(Number(output)).toBeLessThan(1);
});

test('a name that is none is refused, and the known ones are named', async () => {
  const events = new EventEmitter<EngineEvents>(EVENT_NAMES);
  for (const name of ['slow', 'toString', '__proto__']) {
    const failure = await failureOf(() => events.on(name as 'probe', () => {}));
    expect(failure.code).toBe('argument_invalid');
    expect(failure.message).toContain(`"${name}"`);
    expect(failure.hint).toBe('Known: warning, fallback, probe, recovered, memory, backend.');
  }
});

test('what is no function is refused', async () => {
  const failure = await failureOf(() => emitter().on('cold', 'ice' as never));
  expect(failure).toMatchObject({
    code: 'argument_invalid',
    message: expect.stringContaining('cold') as string,
  });
});

test('the names of the events are all of them, and listeners are typed by them', () => {
  expectTypeOf<(typeof EVENT_NAMES)[number]>().toEqualTypeOf<EngineEvent>();
  const events = new EventEmitter<EngineEvents>(EVENT_NAMES);
  events.on('fallback', (payload) => expectTypeOf(payload).toEqualTypeOf<EngineEvents['fallback']>());
  // @ts-expect-error A listener of one event does not understand another.
  events.on('backend', (payload: EngineEvents['probe']) => payload);
  expect(new Set(EVENT_NAMES).size).toBe(EVENT_NAMES.length);
});
