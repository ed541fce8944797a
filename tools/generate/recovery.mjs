// docs/recovery.md: the recovery machine, drawn from its table.
import { groupBy } from './group-by.mjs';
import { banner, cellText, code, table } from './markdown.mjs';

const listOf = (entries) =>
  table(
    [entries.title, ...entries.columns.map(([title]) => title), 'Meaning'],
    entries.rows.map((row) => [
      code(row.name),
      ...entries.columns.map(([, cell]) => cell(row)),
      cellText(row.text),
    ]),
  );

// The rows with groups spelt out.
function transitionsOf({ states, transitions }) {
  return transitions.flatMap((row) => {
    const group = states.filter((state) => state.group === row.from && state.name !== row.from);
    const isGroup = !states.some((state) => state.name === row.from);
    return isGroup ? group.map((state) => ({ ...row, from: state.name })) : [row];
  });
}

function diagram(cells) {
  const arrows = groupBy(
    cells.filter(({ from, to }) => from !== to),
    ({ from, to }) => `${from} --> ${to}`,
  );
  const lines = [...arrows].map(
    ([arrow, rows]) => `  ${arrow}: ${rows.map(({ event }) => event).join(', ')}`,
  );
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> float_only', ...lines, '```'].join('\n');
}

function grid({ states, events }, cells) {
  const cellOf = (state, event) => {
    const found = cells.findLast((cell) => cell.from === state.name && cell.event === event.name);
    if (!found) return '–';
    const action = found.action === 'none' ? '' : `, ${found.action}`;
    return found.from === found.to ? `stays${action}` : `${found.to}${action}`;
  };
  return table(
    ['Event', ...states.map(({ name }) => code(name))],
    events.map((event) => [code(event.name), ...states.map((state) => cellOf(state, event))]),
  );
}

export function recoveryPage(rows, source) {
  const cells = transitionsOf(rows);
  // A new model may come in every state; drawn, that would hide the rest.
  const drawn = cells.filter(({ event }) => !event.startsWith('adopt_'));
  return `${banner(source)}

# Fallback and recovery

Which precision answers is the state of a machine; what the monitor, the probes, the user and new models say are its events. The
machine is the table below, in the code as here. [monitoring.md](monitoring.md) says when each event happens.

## States

${listOf({
  title: 'State',
  columns: [
    ['Answers', ({ precision }) => precision],
    ['Health', ({ health }) => health],
  ],
  rows: rows.states,
})}

## Events

${listOf({
  title: 'Event',
  columns: [['Reason of a fallback', ({ reason }) => (reason === 'none' ? '' : code(reason))]],
  rows: rows.events,
})}

## Reasons

${listOf({ title: 'Reason', columns: [], rows: rows.reasons })}

## Transitions, but those of new models

${diagram(drawn)}

## The table

What an event does to a state: where it leads, and what the engine does. \`–\`: nothing.

${grid(rows, cells)}
`;
}
