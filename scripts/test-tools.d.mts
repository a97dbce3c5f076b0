export function findChromium(): string | undefined;
export function findHeadless(): string | undefined;
export function findNginx(): string | undefined;
export function findRedis(): string | undefined;
export function findPython(): string | undefined;
export function findDjango(): string | undefined;
export function ensureTestTools(
  kinds: ('browser' | 'proxy' | 'redis' | 'python' | 'django')[],
): void;
