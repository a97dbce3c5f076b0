/** Thrown by a handler that is done with its connection (Channels: `StopConsumer`). Not a failure. */
export class StopConsumer extends Error {
  override readonly name = 'StopConsumer';

  constructor() {
    super('The consumer is done.');
  }
}

/** The application called something out of order; the message says what to do instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** No route matches the path of a scope. Before a handshake it becomes HTTP 404. */
export class NoRouteError extends Error {
  override readonly name = 'NoRouteError';
  readonly path: string;

  constructor(path: string) {
    super(`No route matches ${JSON.stringify(path)}. Add a route(pattern, application) for it.`);
    this.path = path;
  }
}

/** A `protocolTypeRouter` has no application for the type of a scope. */
export class UnknownProtocolError extends Error {
  override readonly name = 'UnknownProtocolError';
  readonly protocol: string;

  constructor(protocol: string) {
    super(`No application speaks ${protocol}. Give one: protocolTypeRouter({ ${protocol}: … }).`);
    this.protocol = protocol;
  }
}

/** A layer message has a `type` that the consumer's `handlers` do not name. */
export class NoHandlerError extends Error {
  override readonly name = 'NoHandlerError';
  readonly type: string;

  constructor(consumer: string, type: string) {
    const key = JSON.stringify(type);
    super(`${consumer} has no handler for ${key}. Add it: handlers = { ${key}: (event) => … }.`);
    this.type = type;
  }
}

/** The channel's queue holds as many messages as it may; the message was not taken. */
export class ChannelFull extends Error {
  override readonly name = 'ChannelFull';
  readonly channel: string;

  constructor(channel: string, capacity: number) {
    super(`Channel ${channel} holds ${capacity} messages already. Send later, or read faster.`);
    this.channel = channel;
  }
}

/** Redis cannot be reached, or does not answer. Nothing is tried again: the caller decides. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
  /** What was asked may have been done all the same, or may still be: nobody can say. */
  readonly mayHaveHappened: boolean;

  constructor(mayHaveHappened: boolean, cause?: unknown) {
    super(
      mayHaveHappened
        ? 'Redis did not answer in time: what was asked of it may still be done.'
        : 'Redis cannot be reached: nothing was asked of it.',
      { cause },
    );
    this.mayHaveHappened = mayHaveHappened;
  }
}
