/** What a message may hold, so that every layer carries it alike: what msgpack and JSON share. */
export type LayerValue =
  null | boolean | number | string | Uint8Array | LayerValue[] | { [key: string]: LayerValue };

/** A message names the handler that is to get it: `{ type: 'chat.message', text: 'hi' }`. */
export interface LayerMessage {
  type: string;
  [key: string]: LayerValue;
}

/** What a layer can do; a row of the table that compares layers. */
export interface LayerCapabilities {
  /** `groupAdd`, `groupDiscard` and `groupSend` work. */
  readonly groups: boolean;
  /** There is a `flush`. */
  readonly flush: boolean;
  /** A channel holds so many messages; above that `send` rejects with ChannelFull. */
  readonly capacity: boolean;
  /** A message nobody takes is dropped after a while. */
  readonly expiry: boolean;
  /** It reaches consumers in other processes. */
  readonly acrossProcesses: boolean;
}

/** What a layer has done since it was made. Messages, one for each receiver. */
export interface LayerCounters {
  /** Given to a receiver. */
  delivered: number;
  /** Not taken: the sender got ChannelFull. */
  refused: number;
  /** Lost without a word, and why. */
  dropped: {
    /** A `groupSend` met a full channel. */
    full: number;
    /** Nobody took it in time. */
    expired: number;
    /** Its channel, local to a process, does not exist (any more). */
    unknown: number;
  };
}

/**
 * Carries messages between consumers by name (Channels: "Channel Layer Specification").
 * At most once: a message arrives once or not at all. From one sender to one channel in order.
 *
 * Names are ASCII letters, digits, `-`, `_`, `.`, at most 99 characters; a `!` in a channel's name
 * says that it is local to a process and read by one consumer. A bad name or message is a TypeError.
 */
export interface ChannelLayer {
  readonly capabilities: LayerCapabilities;
  /** A copy of the counts. */
  readonly counters: LayerCounters;

  /** Opens a channel local to this process; its owner must `release` it. */
  newChannel(prefix?: string): Promise<string>;

  /** Forgets a channel, its queue and its memberships; a `receive` that is pending rejects. */
  release(channel: string): Promise<void>;

  /** Puts a message on a channel. Rejects with ChannelFull at capacity; never waits for a reader. */
  send(channel: string, message: LayerMessage): Promise<void>;

  /** Takes the next message, when there is one. Rejects with an AbortError when `signal` aborts. */
  receive(channel: string, signal?: AbortSignal): Promise<LayerMessage>;

  groupAdd(group: string, channel: string): Promise<void>;

  /** Does nothing for a channel that is not in the group. */
  groupDiscard(group: string, channel: string): Promise<void>;

  /** Sends a copy to each member; a member whose channel is full gets none, which is counted. */
  groupSend(group: string, message: LayerMessage): Promise<void>;

  /** Forgets every message and every group, the counters too. Open channels stay open. */
  flush?(): Promise<void>;
}
