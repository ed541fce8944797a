import { AliceError } from './errors.js';

/** The second file of a module, as it is put into instances of the first. */
export interface RestModule {
  /** Throws where the browser does not do that at once, as it may with a large module on the page's own thread. */
  addTo(exports: WebAssembly.Exports): void;
  addLaterTo(exports: WebAssembly.Exports): Promise<void>;
}

/**
 * The second file of a module that comes in two (docs/adr/0020-a-module-in-two-files.md): what is not needed to load and run
 * an everyday model. Fetched once, when something of it is called; an instance of the first file is completed with it.
 */
export class Rest {
  readonly #load: () => Promise<RestModule>;
  #module: RestModule | undefined;
  #coming: Promise<RestModule> | undefined;

  /** @param load Fetches the file. */
  constructor(load: () => Promise<RestModule>) {
    this.#load = load;
  }

  /** After a failure the next call tries again. Throws what fetching it throws. */
  async fetch(): Promise<RestModule> {
    this.#coming ??= this.#load().catch((error: unknown) => {
      this.#coming = undefined;
      throw error;
    });
    return (this.#module = await this.#coming);
  }

  /** Once it has been fetched. */
  get module(): RestModule | undefined {
    return this.#module;
  }
}

/** What becomes of an instance of the first file: with the second it is whole. */
export class Completion {
  readonly #rest: Rest;
  readonly #exports: WebAssembly.Exports;
  #isDone = false;
  #coming: Promise<void> | undefined;

  constructor(rest: Rest, exports: WebAssembly.Exports) {
    this.#rest = rest;
    this.#exports = exports;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Where the second file is here already. Throws as {@link RestModule.addTo}. */
  now(): void {
    if (this.#isDone || !this.#rest.module) return;
    this.#rest.module.addTo(this.#exports);
    this.#isDone = true;
  }

  /** Fetches the second file, where it is not here. Throws what that throws. */
  async later(): Promise<void> {
    this.#coming ??= this.#complete().finally(() => (this.#coming = undefined));
    return this.#coming;
  }

  async #complete(): Promise<void> {
    if (this.#isDone) return;
    const module = await this.#rest.fetch();
    await module.addLaterTo(this.#exports);
    this.#isDone = true;
  }
}

/** Whether something can be missing in an instance. */
export const isPartial = ({ completion }: { completion?: Completion }): boolean =>
  completion?.isDone === false;

const REST = 'alice.rest';
const BUILD = 'alice.build';

/** What the first file of a module says of its second. */
export interface RestLink {
  file: string;
  build: string;
}

/** Undefined of a module in one file. */
export function restOf(first: WebAssembly.Module): RestLink | undefined {
  const [file, build] = (textOf(first, REST) ?? '').split(' ');
  return file && build ? { file, build } : undefined;
}

/** @throws AliceError `backend_load_failed` where both files are not of one build. */
export function checkRest({ file, build }: RestLink, restBuild: string | undefined): void {
  if (restBuild === build) return;
  throw new AliceError(
    'backend_load_failed',
    `${file} is not of the same version as the module's first file.`,
    {
      hint: 'Serve all files of one version of the package; an old one may be in a cache.',
    },
  );
}

/** The build that a second file is of. */
export const buildOf = (rest: WebAssembly.Module): string | undefined => textOf(rest, BUILD);

function textOf(module: WebAssembly.Module, section: string): string | undefined {
  const [bytes] = WebAssembly.Module.customSections(module, section);
  return bytes && new TextDecoder().decode(bytes);
}
