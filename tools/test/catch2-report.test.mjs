import { describe, expect, it } from 'vitest';
import { readCatch2Report } from './catch2-report.mjs';

const report = `<?xml version="1.0" encoding="UTF-8"?>
<Catch name="t">
  <Group name="t">
    <TestCase name="good" filename="a.cc" line="1">
      <Section name="s" filename="a.cc" line="2"><OverallResults successes="1" failures="0"/></Section>
      <OverallResult success="true"/>
    </TestCase>
    <TestCase name="absent" filename="a.cc" line="5">
      <OverallResult success="true">
        <StdOut>
ALICE-SKIP: no &lt;vectors> here
        </StdOut>
      </OverallResult>
    </TestCase>
    <TestCase name="a > b &amp; c" filename="a.cc" line="7">
      <Section name="first" filename="a.cc" line="8">
        <Info>
          seed 3
        </Info>
        <Expression success="false" type="CHECK" filename="a.cc" line="9">
          <Original>
            a&lt;2
          </Original>
          <Expanded>
            3 &lt; 2
          </Expanded>
        </Expression>
      </Section>
      <Exception filename="a.cc" line="11">
        thrown
      </Exception>
      <OverallResult success="false"/>
    </TestCase>
`;

describe('readCatch2Report', () => {
  it('counts, and shows failures with place, sections and values', () => {
    const { passed, skips, failures, unfinished } = readCatch2Report(`${report}</Group></Catch>`);
    expect({ passed, unfinished }).toEqual({ passed: 1, unfinished: null });
    expect(skips).toEqual([{ name: 'absent', reason: 'no <vectors> here' }]);
    expect(failures).toEqual([
      [
        'a > b & c',
        '      with: seed 3',
        '    a.cc:9 [first]: CHECK( a<2 ) was 3 < 2',
        '    a.cc:11: Exception: thrown',
      ].join('\n'),
    ]);
  });

  it('names the test in which the program ended', () => {
    const broken = `${report}<TestCase name="crash" filename="a.cc" line="20"><Section name="x"`;
    expect(readCatch2Report(broken)).toMatchObject({ passed: 1, unfinished: 'crash' });
  });

  it('finds nothing in an empty report', () => {
    expect(readCatch2Report('')).toEqual({ passed: 0, skips: [], failures: [], unfinished: null });
  });
});
