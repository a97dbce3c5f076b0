import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * A Duplex before a raw socket, with what http, ws and proxies ask of a socket beyond that. What it
 * says of the connection is what the raw socket says.
 */
export class SocketShape extends Duplex {
  protected readonly raw: Socket;

  constructor(raw: Socket) {
    super({
      allowHalfOpen: raw.allowHalfOpen,
      readableHighWaterMark: raw.readableHighWaterMark,
      writableHighWaterMark: raw.writableHighWaterMark,
      emitClose: false, // a socket says with its "close" whether there was an error
    });
    this.raw = raw;
    raw.on('timeout', () => {
      if (!this.destroyed) this.emit('timeout');
    });
  }

  get remoteAddress() {
    return this.raw.remoteAddress;
  }
  get remoteFamily() {
    return this.raw.remoteFamily;
  }
  get remotePort() {
    return this.raw.remotePort;
  }
  get localAddress() {
    return this.raw.localAddress;
  }
  get localFamily() {
    return this.raw.localFamily;
  }
  get localPort() {
    return this.raw.localPort;
  }
  /** Bytes that have crossed the real wire, as are those written: not those that wait before it. */
  get bytesRead() {
    return this.raw.bytesRead;
  }
  get bytesWritten() {
    return this.raw.bytesWritten;
  }
  get connecting() {
    return this.raw.connecting;
  }
  get pending() {
    return this.raw.pending;
  }
  get timeout() {
    return this.raw.timeout;
  }

  address() {
    return this.raw.address();
  }

  /** What crosses the real wire puts the time-out off, and so does all that calls `touch`. */
  setTimeout(ms: number, callback?: () => void): this {
    if (callback && ms === 0) this.off('timeout', callback);
    else if (callback) this.once('timeout', callback);
    this.raw.setTimeout(ms);
    return this;
  }

  /** Starts the time-out anew. */
  protected touch(): void {
    if (this.raw.timeout) this.raw.setTimeout(this.raw.timeout);
  }

  setNoDelay(noDelay?: boolean): this {
    this.raw.setNoDelay(noDelay);
    return this;
  }

  setKeepAlive(enable?: boolean, initialDelay?: number): this {
    this.raw.setKeepAlive(enable, initialDelay);
    return this;
  }

  ref(): this {
    this.raw.ref();
    return this;
  }

  unref(): this {
    this.raw.unref();
    return this;
  }

  /** Ends, and destroys when all is written. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }
}
