import type { Run } from '../../run/run.ts';

/** The lessons' own recorded runs, each loaded when it is asked for. */
const runs = import.meta.glob<unknown>('/content/lessons/*/*.wire.json', { import: 'default' });

/** Loads a recorded run of a lesson's, once; rejects where there is none that can be read. */
export function shippedRun(slug: string, name = 'run'): () => Promise<Run> {
  let loaded: Promise<Run> | undefined;
  return () => (loaded ??= load(slug, name));
}

async function load(slug: string, name: string): Promise<Run> {
  const [json, { runIn }] = await Promise.all([
    runs[`/content/lessons/${slug}/${name}.wire.json`]?.(),
    import('../../run/run.ts'),
  ]);
  const read = runIn(json);
  if (!read.ok)
    throw new Error(`The recorded run ${name} of ${slug} cannot be read: ${read.fault.why}.`);
  return read.run;
}
