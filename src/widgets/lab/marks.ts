/** How the lines of the four transports are told apart without colour, in their order. */
export const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3]];
/** The same as they stand in a text. */
export const MARKERS: readonly string[] = ['●━', '○╍', '●┅', '○┉'];
