import type { Parsed } from '../protocol/parse.ts';

/**
 * What an endpoint answers, asked every `ms` while `url` is not empty, and at once when `changes`
 * does. To be called while a component is made. What cannot be read is undefined.
 */
export function watched<Value>(
  url: () => string,
  parse: (json: unknown) => Parsed<Value>,
  ms: number,
  changes: () => unknown = () => 0,
): { readonly value: Value | undefined } {
  let value = $state.raw<Value>();
  $effect(() => {
    const address = url();
    changes();
    if (address === '') {
      value = undefined;
      return;
    }
    const stop = new AbortController();
    const ask = async () => {
      try {
        const response = await fetch(address, { cache: 'no-store', signal: stop.signal });
        const parsed = parse(await response.json());
        value = parsed.ok ? parsed.value : undefined;
      } catch {
        // The page shows what it knew last; the readers tell that the server is away.
      }
    };
    void ask();
    const timer = setInterval(() => void ask(), ms);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  });
  return {
    get value() {
      return value;
    },
  };
}
