import type { Socket } from 'node:net';
import { isClear } from '../../src/protocol/conditions.ts';
import { Ending } from './ending.ts';
import { Link } from './link.ts';
import type { Onlooker, Watched } from './onlooker.ts';
import { SocketShape } from './socket-shape.ts';

type Done = (error?: Error | null) => void;

/** ms for which what waits when one end is gone may still be on its way to the other. */
const LINGER = 2_000;

/**
 * A socket in place of a raw one: the same to the server, but with a worse network between it and
 * the client, and an onlooker who says how bad. What the client's kernel and ours do by themselves
 * (the handshake, a reset by the client) is not delayed.
 */
export class WireSocket extends SocketShape implements Watched {
  readonly #onlooker: Onlooker;
  readonly #up: Link;
  readonly #down: Link;
  readonly #ending: Ending;
  /** Asks for more, when the server has read what came. */
  #unread: (() => void) | undefined;
  /** Told when the FIN has left. */
  #finished: Done | undefined;
  #lingering: NodeJS.Timeout | undefined;
  #over: { readonly by: 'client' | 'server' | 'conditions'; clean: boolean } | undefined;

  /** @param raw one that allows half-open connections, as those of an http.Server do */
  constructor(raw: Socket, onlooker: Onlooker) {
    super(raw);
    this.#onlooker = onlooker;
    this.#up = new Link(
      { pass: (bytes, done) => this.#deliver(bytes, done), end: () => this.#deliverEnd() },
      ({ timeout }) => timeout !== null,
    );
    this.#down = new Link(
      {
        // An error is one of the raw socket, too, and destroys this from there.
        pass: (bytes, done) => void raw.write(bytes, (error) => (error ? undefined : done())),
        end: () => raw.end(() => this.#finished?.()),
      },
      ({ timeout, resetPeer }) => timeout !== null || resetPeer !== null,
    );
    this.#ending = new Ending(
      () => this.#cut(),
      () => this.#reset(),
    );
    raw.on('data', (bytes: Buffer) => this.#come(bytes));
    raw.on('end', () => {
      this.#note('client', true);
      this.#up.end(onlooker.conditions);
    });
    raw.on('error', (error) => {
      this.#note('client', false);
      this.destroy(error);
    });
    raw.on('close', () => this.#lose());
    onlooker.opened(this);
  }

  get waiting() {
    return { up: this.#up.waiting, down: this.#down.waiting };
  }

  conditionsChanged(): void {
    const { conditions } = this.#onlooker;
    if (conditions.offline) return this.#reset();
    if (!this.destroyed) this.#ending.changed(conditions, this.#down.waiting > 0);
    this.#up.changed(conditions);
    this.#down.changed(conditions);
  }

  /** Sends an RST now, and forgets all that waits. */
  resetAndDestroy(): this {
    this.#note('server', false);
    if (!this.raw.destroyed) this.raw.resetAndDestroy();
    return this.destroy();
  }

  override _read(): void {
    const done = this.#unread;
    this.#unread = undefined;
    done?.();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: Done): void {
    const { conditions, ends } = this.#onlooker.leaving(bytes);
    if (conditions.offline) return this.#reset();
    this.#ending.moved(conditions, true);
    this.touch();
    this.#down.push(bytes, conditions, ends, done);
  }

  override _writev(pieces: { chunk: Buffer; encoding: BufferEncoding }[], done: Done): void {
    this._write(Buffer.concat(pieces.map(({ chunk }) => chunk)), 'binary', done);
  }

  override _final(done: Done): void {
    this.#note('server', true);
    this.#finished = done;
    this.#down.end(this.#onlooker.conditions);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#note('server', true);
    this.#ending.stop();
    this.#up.destroy();
    this.#letGo();
    done(error);
    const closed = () => {
      clearTimeout(this.#lingering);
      this.#down.destroy();
      if (this.#over) this.#onlooker.over(this.#over.by, this.#over.clean);
      this.emit('close', error !== null);
    };
    if (this.raw.closed) process.nextTick(closed);
    else this.raw.once('close', closed);
  }

  /** Bytes have come from the client. */
  #come(bytes: Buffer): void {
    if (this.destroyed) return;
    const conditions = this.#onlooker.arriving(bytes);
    if (conditions.offline) return this.#reset();
    this.#ending.moved(conditions, false);
    let taken = false;
    this.#up.push(bytes, conditions, true, () => {
      taken = true;
      if (this.raw.isPaused()) this.raw.resume();
    });
    if (!taken) this.raw.pause();
  }

  #deliver(bytes: Buffer, done: () => void): void {
    this.#onlooker.arrived(bytes);
    this.touch();
    this.#unread = done;
    if (this.push(bytes)) this._read();
  }

  #deliverEnd(): void {
    this.push(null);
    this.read(0); // a socket's "end" comes without a reader, too
  }

  /** The server has destroyed this: what it wrote before goes on its way, as out of a kernel. */
  #letGo(): void {
    const { conditions } = this.#onlooker;
    const nothingLeft = this.#down.waiting === 0 && isClear(conditions);
    if (nothingLeft || this.raw.destroyed || this.raw.writableEnded) {
      this.raw.destroy();
      return;
    }
    this.#finished = () => this.raw.destroy();
    this.#lingering = setTimeout(() => this.raw.destroy(), LINGER);
    this.#down.end(conditions);
  }

  /** The raw socket has closed: what came before may still be on its way to the server. */
  #lose(): void {
    if (this.destroyed || (this.raw.readableEnded && this.#up.waiting === 0)) return;
    if (!this.raw.readableEnded) this.destroy();
    else this.#lingering = setTimeout(() => this.destroy(), LINGER);
  }

  /** A time-out of the conditions: an end, for both. */
  #cut(): void {
    this.#note('conditions', false);
    this.raw.destroy();
    this.destroy();
  }

  /** An RST, and for the server what it looks like when one comes in. */
  #reset(): void {
    if (this.raw.destroyed) return;
    this.#note('conditions', false);
    this.raw.resetAndDestroy();
    this.destroy(Object.assign(new Error('The conditions reset it'), { code: 'ECONNRESET' }));
  }

  #note(by: 'client' | 'server' | 'conditions', clean: boolean): void {
    this.#over ??= { by, clean };
    this.#over.clean &&= clean;
  }
}
