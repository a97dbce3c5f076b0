import type { Run } from '../../run/run.ts';

/** The lessons' own recorded runs, each loaded when it is asked for. */
const runs = import.meta.glob<unknown>('/content/lessons/*/run.wire.json', { import: 'default' });

/** Loads a lesson's recorded run, once; rejects where there is none that can be read. */
export function shippedRun(slug: string): () => Promise<Run> {
  let loaded: Promise<Run> | undefined;
  return () => (loaded ??= load(slug));
}

async function load(slug: string): Promise<Run> {
  const [json, { runIn }] = await Promise.all([
    runs[`/content/lessons/${slug}/run.wire.json`]?.(),
    import('../../run/run.ts'),
  ]);
  const read = runIn(json);
  if (!read.ok) throw new Error(`The recorded run of ${slug} cannot be read: ${read.fault.why}.`);
  return read.run;
}
