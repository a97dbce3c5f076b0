import { CLEAR, type Conditions, parseConditions } from '../../protocol/conditions.ts';
import { parseJson } from '../../protocol/parse.ts';
import { keep, recall, thisTab } from '../keep.ts';

/** How bad a reader of this tab has made its network, as long as the tab lasts; a reset is one moment. */
export function keepConditions(tag: string, conditions: Conditions): void {
  keep(thisTab, `conditions.${tag}`, JSON.stringify({ ...conditions, resetPeer: null }));
}

export function recallConditions(tag: string): Conditions {
  const conditions = parseConditions(parseJson(recall(thisTab, `conditions.${tag}`, '')));
  return conditions.ok ? conditions.value : CLEAR;
}
