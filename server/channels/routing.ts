import { NoRouteError, UnknownProtocolError, UsageError } from './errors.ts';
import type { Application, Scope, UrlRoute } from './scope.ts';

/** The application for a scope, and the scope with what the routes captured. */
export interface Match {
  readonly application: Application;
  readonly scope: Scope;
}

/**
 * An application that passes a connection on to another. `resolve` says to which, before anything
 * is run, or undefined when no route matches; called without a match, it rejects with NoRouteError.
 */
export interface Router extends Application {
  /** `path` is what is left to match: the scope's own, without its leading slash, at the top. */
  resolve(scope: Scope, path?: string): Match | undefined;
}

export interface Route {
  readonly pattern: RegExp;
  readonly application: Application | Router;
}

/**
 * A route of a `urlRouter`: routing is to WebSocket what urls is to HTTP. The pattern must match
 * the whole path (`^` and `$` are implied), or, before a nested router, its beginning.
 */
export function route(pattern: RegExp, application: Application | Router): Route {
  if (/[gmy]/.test(pattern.flags)) {
    throw new UsageError(`${String(pattern)}: a route takes no flag g, m or y. Leave it out.`);
  }
  const end = isRouter(application) ? '' : '$';
  return { pattern: new RegExp(`^(?:${pattern.source})${end}`, pattern.flags), application };
}

/** Tries routes in order; the first that matches wins (Channels: `URLRouter`). */
export function urlRouter(routes: readonly Route[]): Router {
  return asRouter((scope, path = scope.path.replace(/^\//, '')) => {
    for (const { pattern, application } of routes) {
      const found = pattern.exec(path);
      if (!found) continue;
      const inner = { ...scope, urlRoute: captured(scope, found) };
      if (!isRouter(application)) return { application, scope: inner };
      const match = application.resolve(inner, path.slice(found[0].length));
      if (match) return match;
    }
    return undefined;
  });
}

/**
 * Chooses by the scope's type (Channels: `ProtocolTypeRouter`); a type that has no application
 * throws UnknownProtocolError.
 */
export function protocolTypeRouter(
  applications: Partial<Record<Scope['type'], Application | Router>>,
): Router {
  return asRouter((scope, path) => {
    const application = applications[scope.type];
    if (!application) throw new UnknownProtocolError(scope.type);
    return isRouter(application) ? application.resolve(scope, path) : { application, scope };
  });
}

/**
 * Where an application would take a connection. What is no router takes it itself.
 * Throws NoRouteError or UnknownProtocolError.
 */
export function resolve(application: Application | Router, scope: Scope): Match {
  if (!isRouter(application)) return { application, scope };
  const match = application.resolve(scope);
  if (!match) throw new NoRouteError(scope.path);
  return match;
}

function asRouter(find: Router['resolve']): Router {
  const router: Router = Object.assign(
    async (...[scope, receive, send]: Parameters<Application>) => {
      const match = resolve(router, scope);
      return match.application(match.scope, receive, send);
    },
    { resolve: find },
  );
  return router;
}

function isRouter(application: Application | Router): application is Router {
  return 'resolve' in application;
}

/** Named groups are merged over the outer ones; where none is named, the others are `args`. */
function captured({ urlRoute }: Scope, found: RegExpExecArray): UrlRoute {
  if (!found.groups) {
    const args = found.slice(1).map((group) => group ?? '');
    return { ...urlRoute, args: [...urlRoute.args, ...args] };
  }
  const named = Object.entries(found.groups).filter(([, value]) => value !== undefined);
  return { ...urlRoute, kwargs: { ...urlRoute.kwargs, ...Object.fromEntries(named) } };
}
