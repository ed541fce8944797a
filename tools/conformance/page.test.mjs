import { describe, expect, it } from 'vitest';
import { conformancePage, failureTable, foreignTable, operatorTable, reasonTable } from './page.mjs';
import { countOf, readReport } from './report.mjs';

const native = readReport(`Add\ttest_add\tpassed\t
Max\ttest_max\tpassed\tthe bounds as constants
Max\ttest_max_float64\tunsupported\telement type double
Unique\ttest_unique\tforeign\t
`);
const wasm = readReport(`Add\ttest_add\tfailed\telement 0 is 1 | 2
Max\ttest_max\tpassed\tthe bounds as constants
Max\ttest_max_float64\tunsupported\telement type double
Unique\ttest_unique\tforeign\t
`);
const reports = { native, wasm };
const cellsOf = (table) =>
  table.split('\n').map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('the report of the node vectors', () => {
  it('is read line by line', () => {
    expect(native[2]).toEqual({
      operator: 'Max',
      vector: 'test_max_float64',
      outcome: 'unsupported',
      detail: 'element type double',
    });
    expect(countOf(native, 'passed')).toBe(2);
  });

  it('is refused where a line is not of the form', () => {
    expect(() => readReport('Add\ttest_add\tpassed')).toThrow('not a line of a report');
    expect(() => readReport('Add\ttest_add\tskipped\t')).toThrow('not a line of a report');
  });
});

describe('the tables', () => {
  it('count each operator of the engine on each target, and all', () => {
    expect(cellsOf(operatorTable(reports)).slice(2)).toEqual([
      ['Add', '1', '0', '0', '0', '1', '0'],
      ['Max', '1', '0', '1', '1', '0', '1'],
      ['all', '2', '0', '1', '1', '1', '1'],
    ]);
  });

  it('name failures with their target', () => {
    expect(cellsOf(failureTable(reports)).slice(2)).toEqual([['wasm', '`test_add`', 'element 0 is 1 \\| 2']]);
    expect(failureTable({ native })).toBe('');
  });

  it('count a refused vector and a foreign operator once, however many targets there are', () => {
    expect(cellsOf(reasonTable(reports)).slice(2)).toEqual([
      ['element type double', '1', 'Max', '`test_max_float64`'],
    ]);
    expect(cellsOf(foreignTable(reports)).slice(2)).toEqual([
      ['Unique', '1', 'not an operator of this engine'],
    ]);
  });

  it('make a page that also names operators without vectors', () => {
    const page = conformancePage(reports, ['Add', 'Max', 'Mish']);
    expect(page).toContain('No vectors there are for Mish;');
    expect(page).toContain(failureTable(reports));
    expect(conformancePage({ native }, ['Add'])).not.toContain('Failed');
  });
});
