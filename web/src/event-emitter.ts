import { AliceError } from './errors.js';
import type { EngineEvent, Unsubscribe } from './metrics-types.js';
import { throwLater } from './throw-later.js';

/** The names of all events of an engine. */
export const EVENT_NAMES = [
  'warning',
  'fallback',
  'probe',
  'recovered',
  'memory',
  'backend',
] as const satisfies readonly EngineEvent[];

type Listener<Payload> = (payload: Payload) => void;
type Subscriptions<Events> = { [Name in keyof Events]: Set<{ listener: Listener<Events[Name]> }> };

/** Tells listeners what happens, by the names of `Events`. A listener never disturbs the one who emits, nor another. */
export class EventEmitter<Events extends object> {
  readonly #subscriptions: Subscriptions<Events>;

  constructor(names: readonly (keyof Events & string)[]) {
    this.#subscriptions = Object.fromEntries(
      names.map((name) => [name, new Set()]),
    ) as unknown as Subscriptions<Events>;
  }

  /**
   * Calls `listener` at each `event` from now on; one that is added twice is called twice.
   *
   * @throws AliceError `argument_invalid` for a name that is none, and for what is no function.
   */
  on<Name extends keyof Events & string>(event: Name, listener: Listener<Events[Name]>): Unsubscribe {
    if (!Object.hasOwn(this.#subscriptions, event)) {
      throw new AliceError('argument_invalid', `on: ${JSON.stringify(event)} is no event.`, {
        hint: `Known: ${Object.keys(this.#subscriptions).join(', ')}.`,
      });
    }
    if (typeof listener !== 'function') {
      throw new AliceError('argument_invalid', `on: the listener for ${event} is no function.`);
    }
    const subscriptions = this.#subscriptions[event];
    const subscription = { listener };
    subscriptions.add(subscription);
    return () => void subscriptions.delete(subscription);
  }

  /** Whether anyone listens: otherwise there is no need to make a payload. */
  has(event: keyof Events): boolean {
    return this.#subscriptions[event].size > 0;
  }

  /**
   * Calls the listeners in the order in which they were added: those of the moment of the call, but none that another one
   * has removed meanwhile. What a listener throws is reported as uncaught.
   */
  emit<Name extends keyof Events>(event: Name, payload: Events[Name]): void {
    const subscriptions = this.#subscriptions[event];
    if (subscriptions.size === 0) return;
    for (const subscription of [...subscriptions]) {
      if (!subscriptions.has(subscription)) continue;
      try {
        subscription.listener(payload);
      } catch (error) {
        throwLater(error);
      }
    }
  }
}
