import { type Preset, PRESETS } from '../protocol/conditions.ts';

/** What a reader of the page can turn; times in ms, but `wait` in s as the contract has it. */
export interface Knobs {
  /** From one question of polling to the next. */
  interval: number;
  /** For how long long polling is held at most. */
  wait: number;
  /** From one message to the next; 0: none are sent by themselves. */
  every: number;
  /** Characters of a message. */
  size: number;
  /** Readers of each transport. */
  readers: number;
  network: Preset;
}

type NumberKnob = Exclude<keyof Knobs, 'network'>;

/** The values that each knob can have, in order. */
export const STEPS: Readonly<Record<NumberKnob, readonly number[]>> = {
  interval: [250, 500, 1_000, 2_000, 5_000],
  wait: [1, 2, 5, 10, 20, 25],
  every: [0, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100],
  size: [20, 100, 500, 2_000],
  readers: [1, 5, 10, 25, 50],
};

export const NETWORKS = Object.keys(PRESETS) as Preset[];

export const SCENARIOS = ['chat', 'ticker', 'alert', 'train', 'proxy', 'restart'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

/** Knobs that have a name, and what they are measured by. */
export interface Scenario extends Knobs {
  /** ms within which 95 of 100 messages have to be there. */
  need: number;
}

/** As the page is when nobody has chosen anything. */
export const USUAL: Knobs = {
  interval: 2_000,
  wait: 20,
  every: 0,
  size: 20,
  readers: 1,
  network: 'room',
};
/** The need of who has chosen nothing. */
export const USUAL_NEED = 1_000;

export const SCENARIO: Readonly<Record<ScenarioName, Scenario>> = {
  chat: { ...USUAL, every: 2_000, size: 100, need: 1_000 },
  ticker: { ...USUAL, every: 200, interval: 500, need: 250 },
  alert: { ...USUAL, every: 20_000, interval: 5_000, size: 100, need: 6_000 },
  train: { ...USUAL, every: 1_000, interval: 1_000, size: 100, network: 'train', need: 1_500 },
  proxy: { ...USUAL, every: 1_000, interval: 2_000, size: 100, network: 'proxy', need: 2_500 },
  restart: { ...USUAL, every: 500, interval: 1_000, size: 100, need: 10_000 },
};

/** What a link says: knobs that it does not name, or to what they cannot be, are as in the scenario. */
export function knobsIn(query: URLSearchParams): {
  scenario: ScenarioName | undefined;
  knobs: Knobs;
} {
  const scenario = SCENARIOS.find((name) => name === query.get('scenario'));
  const usual = scenario ? SCENARIO[scenario] : USUAL;
  const numberOf = (name: NumberKnob) =>
    STEPS[name].find((step) => String(step) === query.get(name)) ?? usual[name];
  return {
    scenario,
    knobs: {
      interval: numberOf('interval'),
      wait: numberOf('wait'),
      every: numberOf('every'),
      size: numberOf('size'),
      readers: numberOf('readers'),
      network: NETWORKS.find((name) => name === query.get('network')) ?? usual.network,
    },
  };
}

/** The query that `knobsIn` reads as these: it names what differs from the scenario. */
export function queryOf(scenario: ScenarioName | undefined, knobs: Knobs): string {
  const usual: Knobs = scenario ? SCENARIO[scenario] : USUAL;
  const query = new URLSearchParams(scenario && { scenario });
  const names = [...(Object.keys(STEPS) as NumberKnob[]), 'network'] as const;
  for (const name of names) if (knobs[name] !== usual[name]) query.set(name, String(knobs[name]));
  return query.size ? `?${query}` : '';
}
