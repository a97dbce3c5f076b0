import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { problem, type ProblemName } from '../../src/protocol/problem.ts';
import { refuse } from '../channels/index.ts';

/** What Node's parser and clocks refuse by themselves, by the code of their error. */
const REFUSALS: Record<string, [ProblemName, detail: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [
    'too-slow',
    'The request did not come to its end in time: send it whole.',
  ],
  HPE_HEADER_OVERFLOW: [
    'head-too-large',
    'The request’s head is over 16 KiB: send fewer or shorter headers.',
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['too-large', 'The chunk extensions are too long: send none.'],
};

/** Answers what is no HTTP request, or never becomes one, as problem+json too. */
export function answerClientErrors(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const [name, detail] = REFUSALS[error.code ?? ''] ?? [
      'malformed',
      'This is not an HTTP/1.1 request (RFC 9112): mend its head.',
    ];
    refuse(socket, problem(name, detail));
  });
}
