import type { RequestHandler } from 'express';
import helmet from 'helmet';

const SHARED = {
  // Over plain http on a LAN these two only make the browser complain.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  // The server speaks http; the TLS proxy before it says this.
  strictTransportSecurity: false,
};

/**
 * Security headers, and a Content-Security-Policy that runs only the site's own scripts: files,
 * and the inline ones whose SHA-256 hashes are given (CSP Level 3 §6.7.2). Search compiles
 * WebAssembly; the themes style inline.
 */
export function securityHeaders(scriptHashes: readonly string[]): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'", "'wasm-unsafe-eval'", ...scriptHashes.map((hash) => `'${hash}'`)],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    ...SHARED,
  });
}

/**
 * The headers of the page that stands for a foreign one: a sandbox takes its origin away, wherever
 * it is opened, and it may do nothing but run its script and try to connect.
 */
export const foreignHeaders: RequestHandler = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'unsafe-inline'"],
      'style-src': ["'unsafe-inline'"],
      'connect-src': ['ws:', 'wss:'],
      'frame-ancestors': ["'self'"],
      sandbox: ['allow-scripts'],
    },
  },
  ...SHARED,
});
