/** One lesson of the course. Its slug names it in content/, server/, src/ and tests/. */
export interface Lesson {
  slug: string;
  /** Minutes that a first reading takes. */
  minutes: number;
}

/** The lessons, in the order in which they are read. This is the only list of them. */
export const lessons = [
  { slug: 'polling', minutes: 12 },
  { slug: 'long-polling', minutes: 12 },
  { slug: 'server-sent-events', minutes: 12 },
  { slug: 'websocket', minutes: 15 },
  { slug: 'connection-list', minutes: 10 },
  { slug: 'channel-layer', minutes: 12 },
] as const satisfies readonly Lesson[];

export type Slug = (typeof lessons)[number]['slug'];
