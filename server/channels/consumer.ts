import { NoHandlerError, StopConsumer, UsageError } from './errors.ts';
import type { ChannelLayer, LayerMessage } from './layers/layer.ts';
import type { Application, Receive, ReceiveEvent, Scope, Send, SendEvent, Sent } from './scope.ts';

/** What a hook may return. */
export type Awaitable = void | Promise<void>;

/** The only way from a layer message to code: a `type` that is no key here reaches nothing. */
export type Handlers = Readonly<Record<string, (message: LayerMessage) => Awaitable>>;

const NO_HANDLERS: Handlers = Object.freeze({});

/** What a consumer is made of; `asApplication` provides it. */
export interface ConsumerContext {
  readonly scope: Scope;
  readonly send: Send;
  readonly channel?: { readonly layer: ChannelLayer; readonly name: string };
}

/**
 * One connection's side of an application (Channels: "Consumers"). It takes events of the protocol
 * and messages of the layer, one at a time, and finishes exactly once.
 */
export abstract class Consumer {
  readonly scope: Scope;
  /** Handlers of layer messages by `type`. */
  readonly handlers: Handlers = NO_HANDLERS;

  readonly #context: ConsumerContext;
  /** Resolves \`run\` with what remains to be done at the end. */
  #end: (ending: Promise<void>) => void = () => {};
  /** Handlers that run or wait; when the one that was begun at once is done, and the last that waits. */
  #many = 0;
  #first: Promise<void> | undefined;
  #last: Promise<void> | undefined;
  #over = false;

  constructor(context: ConsumerContext) {
    this.#context = context;
    this.scope = context.scope;
  }

  /** The layer that was given to `asApplication`; throws a UsageError when none was. */
  get channelLayer(): ChannelLayer {
    return this.#channel.layer;
  }

  /** The name under which the layer knows this consumer. */
  get channelName(): string {
    return this.#channel.name;
  }

  /** What the route's named group captured; throws a UsageError when the route has no such group. */
  kwarg(name: string): string {
    const { kwargs } = this.scope.urlRoute;
    const value = Object.hasOwn(kwargs, name) ? kwargs[name] : undefined;
    if (value !== undefined) return value;
    throw new UsageError(`The route captured no "${name}". Name the group: (?<${name}>…).`);
  }

  /** Handles one event of the protocol; throws StopConsumer after the last. */
  protected abstract handle(event: ReceiveEvent): Awaitable;

  /** Runs once, after the last handler. `failed` says that a handler threw. */
  protected abstract finish(failed: boolean): Promise<void>;

  protected emit(event: SendEvent): Sent {
    return this.#context.send(event);
  }

  /** Runs a task of the consumer's own in turn with its handlers; what it throws ends the connection. */
  protected inTurn(task: () => Awaitable): void {
    void this.#turn(task, undefined);
  }

  /** Lives one connection. Rejects, when all is cleaned up, with what a handler threw. */
  run(receive: Receive): Promise<void> {
    const { channel } = this.#context;
    return new Promise((resolve) => {
      this.#end = resolve;
      channel?.layer.consume(channel.name, (message) => this.#turn(this.#dispatch, message));
      this.#next(receive);
    });
  }

  /** Handles what the peer sends, in turn with all else. */
  #next(receive: Receive): void {
    if (this.#over) return;
    receive().then(
      (event) => {
        const turn = this.#turn(this.#handle, event);
        if (turn) void turn.then(() => this.#next(receive));
        else this.#next(receive);
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /** What came first ends it. */
  #fail(error: unknown): void {
    if (!this.#over) this.#end(this.#finish(error));
    this.#over = true;
  }

  async #finish(reason: unknown): Promise<void> {
    await (this.#last ?? this.#first);
    const failures = reason instanceof StopConsumer ? [] : [reason];
    try {
      await this.finish(failures.length > 0);
    } catch (error) {
      if (!(error instanceof StopConsumer)) failures.push(error);
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) {
      throw new AggregateError(failures, `${this.constructor.name} failed, and then its end did.`);
    }
  }

  /** Runs handlers strictly one after another: at once, where none runs. After one that throws, none. */
  #turn<Item>(handler: (this: this, item: Item) => Awaitable, item: Item): Awaitable {
    this.#many += 1;
    if (this.#many === 1) {
      this.#first = this.#last = undefined;
      return (this.#first = this.#run(handler, item) || undefined);
    }
    // The first may itself have called for this one, before it has returned its promise.
    this.#last ??= Promise.resolve().then(() => this.#first);
    return (this.#last = this.#last.then(() => this.#run(handler, item)));
  }

  #run<Item>(handler: (this: this, item: Item) => Awaitable, item: Item): Awaitable {
    try {
      const running = this.#over ? undefined : handler.call(this, item);
      if (running) return this.#finishing(running);
    } catch (error) {
      this.#fail(error);
    }
    this.#many -= 1;
  }

  async #finishing(running: Promise<void>): Promise<void> {
    await running.catch((error: unknown) => this.#fail(error));
    this.#many -= 1;
  }

  #handle(event: ReceiveEvent): Awaitable {
    return this.handle(event);
  }

  #dispatch(message: LayerMessage): Awaitable {
    const { type } = message;
    const handler = Object.hasOwn(this.handlers, type) ? this.handlers[type] : undefined;
    if (!handler) throw new NoHandlerError(this.constructor.name, type);
    return handler(message);
  }

  get #channel() {
    const { channel } = this.#context;
    if (channel) return channel;
    const { name } = this.constructor;
    throw new UsageError(
      `${name} has no channel layer. Give one: asApplication(${name}, { layer }).`,
    );
  }
}

interface ChannelOptions {
  readonly layer?: ChannelLayer;
  /** Told of each consumer's channel, before its first event. */
  readonly began?: (channel: string, scope: Scope) => void;
}

/**
 * The application that makes a consumer of its own for every connection (Channels: `as_asgi`).
 * With a layer, the consumer has a channel from before its first event until after its last.
 */
export function asApplication(
  Kind: new (context: ConsumerContext) => Consumer,
  { layer, began }: ChannelOptions = {},
): Application {
  if (!layer) return (scope, receive, send) => new Kind({ scope, send }).run(receive);
  return async (scope, receive, send) => {
    const name = await layer.newChannel();
    began?.(name, scope);
    const run = async () => new Kind({ scope, send, channel: { layer, name } }).run(receive);
    return run().finally(() => layer.release(name));
  };
}
