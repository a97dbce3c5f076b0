import type { Message, Reading } from '../../src/protocol/message.ts';

export const messagesAt = (url: string, room: string, slug = 'polling') =>
  `${url}/live/${slug}/rooms/${room}/messages`;

/** POSTs a message; the answer, or undefined where none came. */
export async function say(url: string, room: string, text: string) {
  try {
    const answer = await fetch(messagesAt(url, room), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ sender: 'Bob', text }),
    });
    const body = (await answer.json()) as Partial<Message> & { type?: string };
    return { status: answer.status, ...body };
  } catch {
    return undefined; // nobody knows whether it was taken
  }
}

/** The ids of a room's log. */
export async function logOf(url: string, room: string): Promise<string[]> {
  const { messages } = (await (await fetch(messagesAt(url, room))).json()) as Reading;
  return messages.map(({ id }) => id);
}

/** No bound is in the way of a test that says much. */
export const unbounded = {
  MESSAGES_PER_SECOND: '1000000',
  MESSAGE_BURST: '1000000',
  ROOM_MESSAGES: '100000',
  ROOM_BYTES: '100000000',
  ROOMS_BYTES: '200000000',
};
