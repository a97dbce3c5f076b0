import cors from 'cors';
import type { RequestHandler } from 'express';
import type { Settings } from '../settings.ts';
import { behind, originDoor } from './doors.ts';

/** Keeps other sites' pages out, and tells the browser of those that are allowed (Fetch §3.3). */
export function crossOrigin(settings: Settings): RequestHandler {
  const door = behind(originDoor(settings));
  const origin = settings.ALLOWED_ORIGINS;
  const tell = cors({ origin, maxAge: 600, exposedHeaders: ['Retry-After'] });
  return (request, response, next) => {
    if (request.headers.origin === undefined) return next();
    door(request, response, (refusal?: unknown) =>
      refusal ? next(refusal) : tell(request, response, next),
    );
  };
}
