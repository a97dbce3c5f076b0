// A process that polls over and over on a few connections, as fast as it is answered.
import { connect } from 'node:net';
import { answer } from './measure.mjs';

function poll({ port, path, until }) {
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  return new Promise((resolve, reject) => {
    let answered = 0;
    let rest = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.setEncoding('latin1').once('error', reject);
    socket.on('data', (text) => {
      rest += text;
      const head = rest.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(rest)?.[1]);
      if (!rest.startsWith('HTTP/1.1 200')) reject(new Error(rest));
      if (rest.length < head + 4 + length) return;
      rest = rest.slice(head + 4 + length);
      answered += 1;
      if (Date.now() < until) return socket.write(request);
      socket.destroy();
      resolve(answered);
    });
  });
}

answer({
  async poll({ port, path, connections, ms }) {
    const until = Date.now() + ms;
    const all = Array.from({ length: connections }, () => poll({ port, path, until }));
    return (await Promise.all(all)).reduce((sum, one) => sum + one, 0);
  },
});
