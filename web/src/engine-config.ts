import { AliceError, valueOf } from './errors.js';
import { DEFAULT_QUANTIZATION_CONFIG, OPTION_GROUPS, type QuantizationConfig } from './generated/lists.js';
import type { NativeEngine, NativeModule } from './native.js';
import type { EngineOptions } from './types.js';

/** The configuration with the defaults where nothing was given. */
export function resolvedConfig({ softRecovery, ...given }: Partial<EngineOptions>): QuantizationConfig {
  const defaults = DEFAULT_QUANTIZATION_CONFIG;
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...defaults, ...set, softRecovery: { ...defaults.softRecovery, ...softRecovery } };
}

/** The options one by one; those in groups as `group.name`. */
function flattened(config: Record<string, unknown>): [string, unknown][] {
  return Object.entries(config).flatMap(([name, value]): [string, unknown][] => {
    if (!OPTION_GROUPS.some((group) => group === name) || value === undefined) return [[name, value]];
    if (value === null || typeof value !== 'object') return [[name, value]];
    return Object.entries(value).map(([member, inner]) => [`${name}.${member}`, inner]);
  });
}

/**
 * A C++ engine that is told its options.
 *
 * @throws AliceError `config_invalid`, naming the option, the value and what is allowed.
 */
export function configuredEngine(module: NativeModule, config: Record<string, unknown>): NativeEngine {
  const native = valueOf(module.AliceQuantizationEngine.create());
  try {
    for (const [name, value] of flattened(config)) {
      if (value === undefined) continue;
      if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean') {
        throw new AliceError(
          'config_invalid',
          `${name} is ${JSON.stringify(value)}, which no option can be.`,
        );
      }
      valueOf(native.setOption(name, value));
    }
    return native;
  } catch (error) {
    native.delete();
    throw error;
  }
}
