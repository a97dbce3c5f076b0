import { base64, sha1, WEBSOCKET_GUID } from './accept-key.ts';
import { hexOf } from './annotate-frame.ts';
import { annotateHead, headerValue } from './annotate-http.ts';

/** How a handshake's answer comes about, RFC 6455 §4.2.2, step by step, and what was answered. */
export interface AcceptSteps {
  /** `Sec-WebSocket-Key` as it was sent. */
  key: string;
  /** The key and the GUID. */
  joined: string;
  /** SHA-1 of that: 20 bytes in hex. */
  digest: string;
  /** The digest in base64. */
  accept: string;
  /** `Sec-WebSocket-Accept` as it was answered; undefined where there is none. */
  answer: string | undefined;
  equal: boolean;
}

/** From the heads of a request and its response; undefined where the request has no key. */
export function acceptSteps(request: Uint8Array, response: Uint8Array): AcceptSteps | undefined {
  const key = headerValue(annotateHead(request, 'request'), 'sec-websocket-key');
  if (key === undefined) return undefined;
  const joined = key + WEBSOCKET_GUID;
  const digest = sha1(new TextEncoder().encode(joined));
  const accept = base64(digest);
  const answer = headerValue(annotateHead(response, 'response'), 'sec-websocket-accept');
  return { key, joined, digest: hexOf(digest), accept, answer, equal: answer === accept };
}
