import { calibrate } from './calibrate.js';
import type { Command } from './command.js';
import { compare } from './compare.js';
import { inspect } from './inspect.js';
import { quantize } from './quantize.js';

/** Every command, in the order in which `--help` lists them. */
export const COMMANDS: readonly Command[] = [quantize, inspect, compare, calibrate];
