import cors from 'cors';
import type { RequestHandler } from 'express';
import type { Settings } from '../settings.ts';
import { behind, originDoor } from './doors.ts';

/** Keeps other sites' pages out, and tells the browser of those that are allowed (Fetch §3.3). */
export const crossOrigin = (settings: Settings): RequestHandler[] => [
  behind(originDoor(settings)),
  cors({ origin: settings.ALLOWED_ORIGINS, maxAge: 600, exposedHeaders: ['Retry-After'] }),
];
