export function findChromium(): string | undefined;
export function ensureTestTools(): void;
