import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import compression from 'compression';
import { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import precompressed from 'express-static-gzip';
import { z } from 'zod';
import { foreignHeaders, securityHeaders } from './guard/headers.ts';
import { Refusal } from './guard/refusal.ts';

const dist = new URL('../dist/', import.meta.url);
const client = new URL('client/', dist);
const AYEAR = 31_536_000_000;

const Hashes = z.array(z.string());
const Entry = z.object({ handler: z.custom<RequestHandler>() });

/** The built site: its files, its pages made on demand, its 404. Throws where it was never built. */
export async function site(): Promise<RequestHandler> {
  const hashes = new URL('csp-hashes.json', dist);
  if (!existsSync(hashes)) throw new Error('The site has not been built: run "npm start".');
  const entry: unknown = await import(new URL('server/entry.mjs', dist).href);
  const { handler: onDemand } = Entry.parse(entry);

  const pages = Router();
  pages.use(readOnly);
  pages.use('/foreign', foreignHeaders, files('foreign'));
  pages.use(securityHeaders(Hashes.parse(JSON.parse(readFileSync(hashes, 'utf8')))));
  pages.use('/_astro', files('_astro', { immutable: true, maxAge: AYEAR }));
  pages.use(files());
  // What is made when it is asked for was not compressed at the build.
  pages.use(compression());
  // Nothing else of Astro's server is open: it could be asked to resize pictures, for one.
  pages.get(['/r/:room', '/zh-cn/r/:room'], noStore, onDemand);
  pages.use(notFound(), asStatus);
  return pages;
}

/** A folder of the site, each file as the build compressed it. Parts of such cannot be asked for. */
function files(folder = '', options: { immutable?: boolean; maxAge?: number } = {}) {
  return precompressed(resolve(fileURLToPath(client), folder), {
    enableBrotli: true,
    orderPreference: ['br', 'gzip'],
    serveStatic: { ...options, acceptRanges: false },
  }) as RequestHandler;
}

const readOnly: RequestHandler = ({ method }, _response, next) => {
  if (method === 'GET' || method === 'HEAD') return next();
  const detail = `${method} is not answered here: use GET.`;
  throw new Refusal('method-not-allowed', detail, { Allow: 'GET, HEAD' });
};

const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/** The site's 404, in the language of the path. */
function notFound(): RequestHandler {
  const english = readFileSync(new URL('404.html', client), 'utf8');
  const chinese = readFileSync(new URL('zh-cn/404/index.html', client), 'utf8');
  return (request, response) => {
    const page = request.originalUrl.startsWith('/zh-cn/') ? chinese : english;
    response.status(404).type('html').send(page);
  };
}

/** A file's own refusal, such as a precondition that failed (RFC 9110 §13), has no page. */
const asStatus: ErrorRequestHandler = (error, _request, response, next) => {
  const { status } = Object(error) as { status?: unknown };
  const isFile =
    typeof status === 'number' && status >= 400 && status < 500 && !(error instanceof Refusal);
  if (!isFile) return next(error);
  response.removeHeader('Content-Encoding');
  response.status(status).end();
};
