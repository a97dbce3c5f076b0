import type { FigureName } from '../run/figures.ts';
import { ms } from './units.ts';

/** A figure of a run in digits: times with their unit, all else as a bare number. */
export function figureText(name: FigureName, value: number): string {
  if (/^delay|longest$/.test(name)) return ms(value);
  if (name === 'seconds') return value.toFixed(1);
  return Math.round(value).toLocaleString('en');
}
