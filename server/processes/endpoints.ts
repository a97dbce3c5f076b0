import { Router } from 'express';
import type { Context } from '../context.ts';
import { behind, pairDoor } from '../guard/doors.ts';
import { allow } from '../guard/refusal.ts';
import { SHARED } from './pair.ts';

/** `/live/pair`: what the pair of processes does, and what visitors may do to it. */
export function pairEndpoints({ settings, pair }: Context): Router {
  const door = pairDoor(settings);
  const allowed = behind(door);
  const endpoints = Router();

  endpoints
    .route('/')
    .get((request, response) => {
      response.json({ allowed: !door(request), ...pair.status() });
    })
    .post(allowed, async (_request, response) => {
      await pair.start();
      response.json({ allowed: true, ...pair.status() });
    })
    .all(allow('GET', 'POST'));

  /** What a visitor may do, by its path; it is done when the answer comes. */
  const act = (path: string, work: () => void | Promise<void>) =>
    endpoints
      .route(path)
      .post(allowed, async (_request, response) => {
        pair.ask();
        const release = pair.use();
        await Promise.resolve(work()).finally(release);
        response.status(202).json({ allowed: true, ...pair.status() });
      })
      .all(allow('POST'));

  for (const name of ['a', 'b'] as const) act(`/${name}/kill`, () => pair.kill(name));
  for (const layer of SHARED) {
    act(`/django/${layer}`, () => pair.startDjango(layer));
    act(`/django/${layer}/kill`, () => pair.killDjango(layer));
  }
  act('/redis/pause', () => pair.redis.pause());
  act('/redis/restart', () => pair.redis.restart());
  return endpoints;
}
