import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import compression from 'compression';
import express, { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { securityHeaders } from './guard/headers.ts';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const AYEAR = 31_536_000_000;

const Hashes = z.array(z.string());

/** The built site: its files, its pages made on demand, its 404. Throws where it was never built. */
export async function site(): Promise<RequestHandler> {
  if (!existsSync(`${dist}csp-hashes.json`))
    throw new Error('The site has not been built: run "npm start".');
  const hashes = Hashes.parse(JSON.parse(readFileSync(`${dist}csp-hashes.json`, 'utf8')));
  const entry: unknown = await import(`${dist}server/entry.mjs`);
  const { handler: onDemand } = z.object({ handler: z.custom<RequestHandler>() }).parse(entry);

  const pages = Router();
  pages.use(securityHeaders(hashes), compression());
  pages.use(
    '/_astro',
    express.static(`${dist}client/_astro`, { immutable: true, maxAge: AYEAR, index: false }),
  );
  pages.use(express.static(`${dist}client`, { maxAge: 0 }));
  // Astro has a 404 of its own for this path.
  pages.use('/404', notFound);
  pages.use(onDemand);
  pages.use(notFound);
  return pages;
}

/** The site's 404, in the language of the path. */
const notFound: RequestHandler = (request, response) => {
  const chinese = request.originalUrl.startsWith('/zh-cn/');
  const file = chinese ? 'zh-cn/404/index.html' : '404.html';
  response.status(404).sendFile(`${dist}client/${file}`);
};
