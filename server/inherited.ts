const NAMES = ['PATH', 'NODE_COMPILE_CACHE'];

/** What a process of ours has of our environment: where programs are, and what Node has compiled. */
export const inherited = (): Record<string, string> =>
  Object.fromEntries(NAMES.map((name) => [name, process.env[name] ?? '']));
