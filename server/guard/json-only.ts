import type { RequestHandler } from 'express';
import { Refusal } from './refusal.ts';

/**
 * A body must be called `application/json`. Beside clarity, this keeps other sites' forms out:
 * a page may send that type to another origin only after a preflight (Fetch §4.8).
 */
export const jsonOnly: RequestHandler = (request, _response, next) => {
  const empty = request.headers['content-length'] === '0';
  if (empty || request.is('application/json') !== false) return next();
  throw new Refusal('not-json', 'Send the body with "Content-Type: application/json".');
};
