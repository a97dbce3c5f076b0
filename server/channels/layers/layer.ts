/**
 * What a message may hold, so that every layer carries it alike. A `bigint` is an integer of 64 bits
 * that a number cannot hold; any other integer is a number.
 */
export type LayerValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly LayerValue[]
  | { readonly [key: string]: LayerValue };

/** A message names the handler that is to get it: `{ type: 'chat.message', text: 'hi' }`. */
export interface LayerMessage {
  readonly type: string;
  readonly [key: string]: LayerValue;
}

/** What takes messages, one at a time: the next comes when the promise is settled. It must not fail. */
export type Taker = (message: LayerMessage) => void | Promise<void>;

/** What a layer can do; a row of the table that compares layers. */
export interface LayerCapabilities {
  /** `groupAdd`, `groupDiscard` and `groupSend` work. */
  readonly groups: boolean;
  /** There is a `flush`. */
  readonly flush: boolean;
  /** It reaches consumers in other processes, and those of Channels in Python. */
  readonly acrossProcesses: boolean;
  /** `send` rejects with ChannelFull when a channel holds as many messages as it may. */
  readonly capacity: boolean;
  /** A message nobody takes is dropped after a while. */
  readonly expiry: boolean;
  /** What is sent to a channel shared by name waits for a reader who comes later. */
  readonly keeps: boolean;
  /** What waits in a channel shared by name is still there when the process that sent it is not. */
  readonly outlivesProcess: boolean;
  /** Readers that share a channel by name share its messages, wherever they run: each goes to one. */
  readonly sharesWork: boolean;
}

/** What a layer has done since it was made. Messages, one for each receiver. */
export interface LayerCounters {
  /** Given to a receiver. */
  delivered: number;
  /** Not taken: the sender got ChannelFull. */
  refused: number;
  /** Lost without a word, and why. */
  dropped: {
    /** Its channel was full, and the sender could not be told. */
    full: number;
    /** Nobody took it in time. */
    expired: number;
    /** Its channel, local to a process, does not exist (any more). */
    unknown: number;
    /** It came from elsewhere, and was no message. */
    poison: number;
  };
}

/** A group, for people to look at. */
export interface GroupDescription {
  readonly group: string;
  /** Members in this process. */
  readonly many: number;
  readonly capacity: number;
  /** Of those, the first hundred: what waits in this process, and what was lost as it was full. */
  readonly members: readonly {
    readonly channel: string;
    readonly waiting: number;
    readonly lost: number;
  }[];
  /** What stands in Redis for the group, and for nobody else; null while Redis is away. */
  readonly stored: readonly StoredDescription[] | null;
}

/** A key of Redis, or a channel of its publish and subscribe. */
export interface StoredDescription {
  readonly key: string;
  readonly kind: 'members' | 'queue' | 'subscribers';
  /** Members of the group; messages in the queue, those of other groups too; subscribers. */
  readonly many: number;
  /** Some of them, as text. */
  readonly entries: readonly string[];
}

/**
 * Carries messages between consumers by name (Channels: "Channel Layer Specification").
 * At most once: a message arrives once or not at all. From one sender to one channel in order.
 *
 * Names are ASCII letters, digits, `-`, `_`, `.`, at most 99 characters; a `!` in a channel's name
 * says that it is local to a process and read by one consumer. A bad name or message is a TypeError.
 *
 * A layer over Redis rejects with RedisAway what it cannot do while Redis is away. What ends a
 * membership or a channel does not reject: it is done here at once, and in Redis when it is back.
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

  /**
   * Gives each message of a channel that \`newChannel\` opened to \`take\`, until it is released. It
   * costs less than \`receive\`, time and again.
   */
  consume(channel: string, take: Taker): void;

  groupAdd(group: string, channel: string): Promise<void>;

  /** Does nothing for a channel that is not in the group. */
  groupDiscard(group: string, channel: string): Promise<void>;

  /**
   * Sends to each member. What they get is frozen, and one for all; where bytes are in it, each has
   * a copy. A member whose channel is full gets none, which is counted.
   */
  groupSend(group: string, message: LayerMessage): Promise<void>;

  /** A group as it is now. */
  describe(group: string): Promise<GroupDescription>;

  /** Forgets every message and every group, the counters too. Open channels stay open. */
  flush?(): Promise<void>;

  /** Releases every channel, and what the layer has outside of this process. The last call. */
  close(): Promise<void>;
}
