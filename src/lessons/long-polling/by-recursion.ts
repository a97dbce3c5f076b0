import type { Reading } from '../../protocol/message.ts';

/**
 * Long polling by recursion, as it is often written; here for comparison with the loop of
 * `LongPollingTransport`. Resolves when `ask` gives nothing any more.
 * @param ask one question: resolves with its reading, held for as long as the server likes
 */
// #region recursion
export async function listen(
  ask: (after?: string) => Promise<Reading | undefined>,
  show: (text: string) => void,
  after?: string,
): Promise<void> {
  const reading = await ask(after);
  if (!reading) return;
  for (const { text } of reading.messages) show(text);
  return listen(ask, show, reading.after); // and again
}
// #endregion
