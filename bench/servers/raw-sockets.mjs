// How far Node can go: no library, one buffer for all, what one turn of the event loop brings in one
// write a socket. It understands just what the bench sends it: whole, masked text frames.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const sockets = new Set();
let joined = [];

function flush() {
  const bytes = Buffer.concat(joined);
  joined = [];
  for (const socket of sockets) socket.write(bytes);
}

function frame(payload) {
  const { length } = payload;
  const head = length < 126 ? [0x81, length] : [0x81, 126, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), payload]);
}

const server = createServer();
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1')
    .update(request.headers['sec-websocket-key'] + GUID)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.setNoDelay(true);
  socket.setTimeout(0);
  sockets.add(socket);
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const bytes = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    let from = 0;
    while (from + 8 <= bytes.length) {
      const short = bytes[from + 1] & 127;
      const begin = from + (short === 126 ? 8 : 6);
      const end = begin + (short === 126 ? bytes.readUInt16BE(from + 2) : short);
      if (end > bytes.length) break;
      if (joined.length === 0) setImmediate(flush);
      joined.push(frame(bytes.subarray(begin, end))); // the mask is zeros
      from = end;
    }
    rest = Buffer.from(bytes.subarray(from));
  });
  socket.on('close', () => sockets.delete(socket)).on('error', () => {});
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
