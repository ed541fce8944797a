import { valueOf } from './errors.js';
import type { NativeEngine, NativeModule, NativePlaces, NativeRemoteDevice } from './native.js';

/** An engine of a module and where its memory is. */
export interface PlacedEngine {
  module: NativeModule;
  native: NativeEngine;
}

/**
 * The GPU that an engine of the WebGL module has, for an engine of another module that has the same model in service:
 * tensors are copied from one memory to the other and back.
 */
export class RemoteDevice implements NativeRemoteDevice {
  readonly renderer: string;
  readonly #home: NativeModule;
  readonly #lender: PlacedEngine;
  #places: NativePlaces = { inputs: [], outputs: [] };

  constructor(home: NativeModule, lender: PlacedEngine) {
    this.#home = home;
    this.#lender = lender;
    this.renderer = lender.native.status().acceleration?.renderer ?? '';
  }

  plan(samples: number): string {
    return complaintOf(() => {
      this.#places = valueOf(this.#lender.native.planOnDevice(samples));
    });
  }

  run(isInt8: boolean, samples: number, inputs: number, outputs: number): string {
    const { module, native } = this.#lender;
    return complaintOf(() => {
      this.#eachOf(this.#places.inputs, inputs, samples, (here, there, bytes) =>
        new Uint8Array(module.HEAPF32.buffer, there, bytes).set(
          new Uint8Array(this.#home.HEAPF32.buffer, here, bytes),
        ),
      );
      valueOf(native.runOnDevice(isInt8, samples));
      this.#eachOf(this.#places.outputs, outputs, samples, (here, there, bytes) =>
        new Uint8Array(this.#home.HEAPF32.buffer, here, bytes).set(
          new Uint8Array(module.HEAPF32.buffer, there, bytes),
        ),
      );
    });
  }

  lose(): void {
    this.#lender.native.loseDevice();
  }

  restore(): void {
    this.#lender.native.restoreDevice();
  }

  /** Visits the tensors that both have: `pointers` is where their addresses at home are. */
  #eachOf(
    places: NativePlaces['inputs'],
    pointers: number,
    samples: number,
    visit: (here: number, there: number, bytes: number) => void,
  ): void {
    const addresses = new Uint32Array(this.#home.HEAPF32.buffer, pointers, places.length);
    places.forEach(({ address, bytes }, i) => {
      const here = addresses[i] as number;
      if (here !== 0) visit(here, address, bytes * samples);
    });
  }
}

/** Nothing may be thrown into C++. */
function complaintOf(call: () => void): string {
  try {
    call();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
