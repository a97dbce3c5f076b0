import { annotateHead, type Head, headersOf, headerValue, partOf } from './annotate-http.ts';

/** What curl writes by itself, what is said to the next hop alone, and what only browsers say. */
const LEFT_OUT = new RegExp(
  `^(${[
    'host|user-agent|content-length',
    'connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|expect',
    'accept-encoding|accept-language|cache-control|pragma|referer|priority|dnt',
    'upgrade-insecure-requests|sec-(fetch|ch|gpc|purpose).*|purpose|sec-websocket-extensions',
  ].join('|')})$`,
);

/**
 * The curl command line that repeats a request, for a POSIX shell: at `origin`, as in
 * `http://127.0.0.1:8000`. Of a handshake, the line that makes it, and hangs up soon. Undefined where a command line
 * cannot say it: the request is cut (it had `length` bytes), malformed, not UTF-8, or framed in
 * chunks, or there is a U+0000 in it.
 */
export function curlFor(
  request: Uint8Array,
  origin: string,
  length = request.length,
): string | undefined {
  const head = annotateHead(request, 'request');
  const [line] = head.fields;
  const text = utf8(request);
  if (!line || !head.whole || text === undefined || text.includes('\0')) return undefined;
  if (request.length < length || headerValue(head, 'transfer-encoding') !== undefined)
    return undefined;
  const [method, target] = [partOf(line, 'method'), partOf(line, 'target')];
  const handshake = headerValue(head, 'sec-websocket-key') !== undefined;
  const body = utf8(request.subarray(head.to)) ?? '';
  const stream = /\btext\/event-stream\b/i.test(headerValue(head, 'accept') ?? '');
  return [
    'curl',
    ...(handshake ? ['--http1.1', '-i', '-N', '--max-time', '2'] : stream ? ['--no-buffer'] : []),
    ...methodOptions(method, body !== ''),
    ...headerOptions(head, handshake, body !== ''),
    ...(body === '' ? [] : ['--data-raw', quoted(body)]),
    ...targetOptions(target),
    quoted(isPath(target) ? origin + target : origin),
  ].join(' ');
}

/** For a shell, one word that says just this text: in single quotes only a single quote is special. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** GET is meant without a body, POST with one; after HEAD curl must be told not to wait for a body. */
function methodOptions(method: string, withBody: boolean): readonly string[] {
  if (method === (withBody ? 'POST' : 'GET')) return [];
  if (method === 'HEAD' && !withBody) return ['--head'];
  return ['-X', /^[A-Z]+$/.test(method) ? method : quoted(method)];
}

function headerOptions(head: Head, handshake: boolean, withBody: boolean): readonly string[] {
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket'];
  const headers = headersOf(head)
    .filter(([name]) => !LEFT_OUT.test(name.toLowerCase()))
    .filter(([name, value]) => !(name.toLowerCase() === 'accept' && value === '*/*'))
    // To curl, a header that ends in a colon is one to leave out; a semicolon says that it is empty.
    .map(([name, value]) => (value === '' ? `${name};` : `${name}: ${value}`));
  // Of a body whose type is not told, curl says that it is a form.
  const untyped = withBody && headerValue(head, 'content-type') === undefined;
  const all = [...(handshake ? upgrade : []), ...headers, ...(untyped ? ['Content-Type:'] : [])];
  return all.flatMap((header) => ['-H', quoted(header)]);
}

/** Whether curl finds a target in a URL again: it takes what follows a # for something of its own. */
const isPath = (target: string): boolean => target.startsWith('/') && !target.includes('#');

/** Curl makes lists of braces and brackets, and takes dots out of paths, unless told not to. */
function targetOptions(target: string): readonly string[] {
  if (!isPath(target)) return ['--request-target', quoted(target)];
  return [
    ...(/[[\]{}]/.test(target) ? ['--globoff'] : []),
    ...(target.includes('/.') ? ['--path-as-is'] : []),
  ];
}
