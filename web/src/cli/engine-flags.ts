import { Option } from 'commander';
import { OPTION_LIST, type OptionEntry } from '../generated/cli-lists.js';
import { DEFAULT_QUANTIZATION_CONFIG, type EngineOptions, type QuantizationConfig } from '../index.js';

/** Where the command line differs from the package: nobody waits for a page here. */
export const CLI_DEFAULTS: Readonly<Partial<QuantizationConfig>> = { maxLatencyMs: Infinity };

/** An option of the engine as a flag, and how its text becomes the option's value. */
export interface EngineFlag {
  name: keyof QuantizationConfig;
  option: Option;
  valueOf: (given: unknown) => unknown;
}

/** `similarityThreshold` → `similarity-threshold`, `maxMemoryMB` → `max-memory-mb` */
const kebabCase = (name: string) => name.replace(/([a-z0-9])([A-Z]+)/g, '$1-$2').toLowerCase();

function describe(entry: OptionEntry, allowed: string): string {
  const standard = DEFAULT_QUANTIZATION_CONFIG[entry.name];
  const own = CLI_DEFAULTS[entry.name];
  const byDefault =
    own === undefined
      ? `default ${standard === '' ? 'none' : standard}`
      : `default ${own} here, ${standard} in the package`;
  return `${entry.text} (${allowed}${byDefault})`;
}

// What is no number stays a text, so that the engine refuses it by name, with what is allowed.
function asNumber(text: unknown): unknown {
  const number = typeof text === 'string' && text.trim() !== '' ? Number(text) : NaN;
  return Number.isNaN(number) ? text : number;
}

function engineFlag(entry: OptionEntry): EngineFlag {
  const flag = kebabCase(entry.name);
  const flagOf = (spelling: string, allowed: string, valueOf: EngineFlag['valueOf']): EngineFlag => ({
    name: entry.name,
    option: new Option(spelling, describe(entry, allowed)).helpGroup('Options of the engine:'),
    valueOf,
  });
  switch (entry.kind) {
    case 'choice':
      return flagOf(`--${flag} <word>`, `${entry.allowed.join(', ')}; `, (text) => text);
    case 'number': {
      const range = entry.high === Infinity ? `${entry.low} or more` : `${entry.low} to ${entry.high}`;
      const word = entry.word === undefined ? '' : `, or ${entry.word}`;
      return flagOf(`--${flag} <number>`, `${range}${word}; `, asNumber);
    }
    case 'text':
      return flagOf(`--${flag} <text>`, '', (text) => text);
    case 'flag': {
      const isOn = DEFAULT_QUANTIZATION_CONFIG[entry.name] === true;
      return flagOf(
        isOn ? `--no-${flag}` : `--${flag}`,
        `${isOn ? 'off' : 'on'} with this flag; `,
        (on) => on,
      );
    }
  }
}

/** The flags of the engine's options that `isWanted` picks, from the list that defines them. */
export function engineFlags(isWanted: (name: keyof QuantizationConfig) => boolean): EngineFlag[] {
  return OPTION_LIST.filter(({ name }) => isWanted(name)).map(engineFlag);
}

/** What the engine is to be told: what was `given`, under the names of commander, and this program's own defaults. */
export function engineOptionsOf(
  flags: readonly EngineFlag[],
  given: Readonly<Record<string, unknown>>,
): EngineOptions {
  const options: Record<string, unknown> = { ...CLI_DEFAULTS };
  for (const { name, option, valueOf } of flags) {
    const value = given[option.attributeName()];
    if (value !== undefined) options[name] = valueOf(value);
  }
  return options;
}
