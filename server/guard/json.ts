import type { Express, Response } from 'express';
import { once } from '../once.ts';

/**
 * Answers with JSON in one piece, headers and all, past what Express would ask of each answer: which
 * type it has, and whether the client has it already. What cannot change, as a reading, is written
 * as JSON once, however many get it.
 */
export function answerJsonAtOnce(app: Express & { response?: Response }): void {
  Object.assign(app.response ?? {}, { json: answerJson });
}

function answerJson(this: Response, body: unknown): Response {
  const text = isFixed(body) ? textOnce(body) : JSON.stringify(body);
  this.writeHead(this.statusCode, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  return this.end(text); // a text leaves in one piece with its headers
}

const textOnce = once((body: object) => JSON.stringify(body));

/** Those who freeze an object here freeze what is in it, too. */
const isFixed = (body: unknown): body is object =>
  typeof body === 'object' && body !== null && Object.isFrozen(body);
