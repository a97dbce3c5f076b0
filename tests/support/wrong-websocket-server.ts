import { WebSocket } from 'ws';
import { builderServer } from './builder-server.ts';

export type Wrong =
  | 'says another sentence'
  | 'replies twice'
  | 'replies in bytes'
  | 'never replies'
  | 'replies to an empty text'
  | 'closes on an empty text'
  | 'always closes with 1000'
  | 'closes with 1000 where it was told no code'
  | 'never closes'
  | 'drops the TCP connection'
  | 'replies to bytes'
  | 'takes all that fits into memory'
  | 'takes 64 KiB of characters'
  | 'takes 1 KiB'
  | 'opens at any path'
  | 'opens at a longer path'
  | 'opens at any path and then closes'
  | 'says nothing at an unknown path'
  | 'is no WebSocket server';

const REPLY = '不要回复不要回复不要回复';

/** A builder's server for the WebSocket lesson, as short as they come; wrong on purpose. */
export function wrongWebSocketServer(wrong?: Wrong) {
  const unbounded = wrong === 'takes all that fits into memory';
  const inCharacters = wrong === 'takes 64 KiB of characters';
  return builderServer({
    maxPayload: unbounded || inCharacters ? 1e6 : wrong === 'takes 1 KiB' ? 1024 : 65_536,
    ...(wrong === 'says nothing at an unknown path' && { turnAway: () => {} }),
    meet({ pathname }) {
      const end = wrong === 'opens at a longer path' ? '' : '$';
      const known = new RegExp(`^/live/websocket/room/\\w{1,64}/${end}`).test(pathname);
      if (wrong === 'is no WebSocket server') return undefined;
      if (wrong === 'opens at any path and then closes' && !known)
        return (socket) => socket.close(4404);
      return known || wrong === 'opens at any path' ? talk : undefined;
    },
  });

  function talk(socket: WebSocket): void {
    // ws itself answers a close by calling this.
    socket.close = (code, reason) => {
      if (wrong === 'never closes') return;
      if (wrong === 'drops the TCP connection') return socket.terminate();
      const always = wrong === 'always closes with 1000';
      const instead = wrong === 'closes with 1000 where it was told no code' && code === undefined;
      WebSocket.prototype.close.call(socket, always || instead ? 1000 : code, reason);
    };
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary && wrong !== 'replies to bytes') return socket.close(1003);
      if (inCharacters && data.toString().length > 65_536) return socket.close(1009);
      if (data.length === 0 && wrong === 'closes on an empty text') return socket.close(1007);
      if (data.length === 0 && wrong !== 'replies to an empty text') return;
      if (wrong === 'never replies') return;
      if (wrong === 'says another sentence') return socket.send('请回复');
      if (wrong === 'replies in bytes') return socket.send(Buffer.from(REPLY));
      socket.send(REPLY);
      if (wrong === 'replies twice') socket.send(REPLY);
    });
  }
}
