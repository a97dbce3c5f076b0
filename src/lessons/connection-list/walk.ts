// #region walk
/** Walks a list, and takes the odd ones off it on the way: whom it visited, in order. */
export function walkItself(list: number[]): number[] {
  const visited: number[] = [];
  for (const one of list) {
    visited.push(one);
    if (one % 2 === 1) list.splice(list.indexOf(one), 1);
  }
  return visited;
}

/** The same, but what is walked is a copy: what is taken off the list stays in it. */
export function walkACopy(list: number[]): number[] {
  const visited: number[] = [];
  for (const one of [...list]) {
    visited.push(one);
    if (one % 2 === 1) list.splice(list.indexOf(one), 1);
  }
  return visited;
}
// #endregion
