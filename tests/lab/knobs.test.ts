import { expect, test } from 'vitest';
import { knobsIn, queryOf, SCENARIO, SCENARIOS, STEPS, USUAL } from '../../src/lab/knobs.ts';

test('a link restores the scenario and every knob that it differs in', () => {
  const knobs = { ...USUAL, interval: 250, size: 500, readers: 25, network: 'train' } as const;
  for (const scenario of [undefined, ...SCENARIOS])
    expect(knobsIn(new URLSearchParams(queryOf(scenario, knobs)))).toEqual({ scenario, knobs });
});

test('a scenario as it is needs no more than its name', () => {
  expect(queryOf('ticker', SCENARIO.ticker)).toBe('?scenario=ticker');
  expect(queryOf(undefined, USUAL)).toBe('');
});

test('what a link says that cannot be is as if it were not said', () => {
  for (const query of [
    'scenario=war&interval=3&wait=-1&every=NaN&size=1e9&readers=51&network=moon',
    'interval=&wait=20.0&every=0x0&size= 20&readers=__proto__&network=toString',
  ])
    expect(knobsIn(new URLSearchParams(query))).toEqual({ scenario: undefined, knobs: USUAL });
});

test('every scenario is made of values that the knobs have', () => {
  for (const name of SCENARIOS)
    for (const [knob, steps] of Object.entries(STEPS))
      expect(steps, `${name}, ${knob}`).toContain(SCENARIO[name][knob as keyof typeof STEPS]);
});
