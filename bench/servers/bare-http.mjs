// Held polls and event streams with nothing but node:http: a set of responses that wait.
import { createServer } from 'node:http';

const waiting = new Set();
const streams = new Set();
let log = [];

/** What came after a cursor. */
function reading(after) {
  return JSON.stringify({ messages: log.slice(after), after: String(log.length), skipped: 0 });
}

function answer(response, text) {
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  response.end(text);
}

const server = createServer(async (request, response) => {
  const [path, query] = request.url.split('?');
  if (request.method === 'POST') {
    let body = '';
    for await (const chunk of request) body += chunk;
    const message = { id: String(log.length + 1), ...JSON.parse(body), at: Date.now() };
    log.push(message);
    response.writeHead(201).end(JSON.stringify(message));
    for (const { held, after } of waiting) answer(held, reading(after));
    waiting.clear();
    const event = `id: ${message.id}\ndata: ${JSON.stringify(message)}\n\n`;
    for (const stream of streams) stream.write(event);
  } else if (path === '/stream') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(': open\n\n');
    streams.add(response);
    response.on('close', () => streams.delete(response));
  } else {
    const after = Number(new URLSearchParams(query).get('after') ?? log.length);
    if (after < log.length) return answer(response, reading(after));
    const one = { held: response, after };
    waiting.add(one);
    const timer = setTimeout(() => {
      waiting.delete(one);
      answer(response, reading(after));
    }, 25_000);
    response.on('close', () => {
      clearTimeout(timer);
      waiting.delete(one);
    });
  }
});
server.keepAliveTimeout = 75_000;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
