import type { Conditions } from '../../src/protocol/conditions.ts';

/** Who looks on at a connection, and says how bad it is to be. */
export interface Onlooker {
  /** In force now, for what no bytes cause: the ends of a connection, and what waits. */
  readonly conditions: Conditions;
  /** Once, before anything else: what to tell when `conditions` become others. */
  opened(connection: Watched): void;
  /** Bytes have come from the client, and are not delayed yet: the conditions for them. */
  arriving(bytes: Buffer): Conditions;
  /** They reach the server now. However they came, here they are in their order, cut anew. */
  arrived(bytes: Buffer): void;
  /** The server has written, and nothing is delayed yet: the conditions for it. */
  leaving(bytes: Buffer): Leaving;
  /**
   * The connection is over, and by whom. `clean`: by FIN, and not by a reset, a fault of the network
   * or the conditions.
   */
  over(by: 'client' | 'server' | 'conditions', clean: boolean): void;
}

export interface Leaving {
  readonly conditions: Conditions;
  /**
   * Whether a response ends with these bytes, so that a buffering proxy holds it no longer. Of what
   * is no response, an interim one (1xx) or an upgraded connection's frames, always true.
   */
  readonly ends: boolean;
}

/** A connection that is looked on at. */
export interface Watched {
  /** The onlooker's `conditions` are others now: they apply to what waits, and what is open. */
  conditionsChanged(): void;
  /** Bytes on their way to the server, and to the client. */
  readonly waiting: { readonly up: number; readonly down: number };
}
