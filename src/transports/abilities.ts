/** What a transport can do: each is checked by the contract of all transports, and shown in a table. */
export interface Abilities {
  /** A message comes without the reader asking for it just then. */
  unasked: boolean;
  /** Several messages come in answer to one request. */
  many: boolean;
  /** It sends over the connection on which it receives. */
  bothWays: boolean;
  /** Whoever sends hears that the server took the message, or why it did not. */
  answered: boolean;
  /** It goes on from a cursor, and says what was lost. */
  resumes: boolean;
  /** Between two messages the server holds nothing open for it. */
  idle: boolean;
}

export type TransportName = 'polling' | 'long-polling' | 'server-sent-events' | 'websocket';

/** By the slug of the lesson; WebSocket's is that of the channel layer's endpoint. */
export const ABILITIES: Record<TransportName, Abilities> = {
  polling: {
    unasked: false,
    many: false,
    bothWays: false,
    answered: true,
    resumes: true,
    idle: true,
  },
  'long-polling': {
    unasked: true,
    many: false,
    bothWays: false,
    answered: true,
    resumes: true,
    idle: false,
  },
  'server-sent-events': {
    unasked: true,
    many: true,
    bothWays: false,
    answered: true,
    resumes: true,
    idle: false,
  },
  websocket: {
    unasked: true,
    many: true,
    bothWays: true,
    answered: false,
    resumes: true,
    idle: false,
  },
};
