export function findChromium(): string | undefined;
export function findNginx(): string | undefined;
export function ensureTestTools(kinds: ('browser' | 'proxy')[]): void;
