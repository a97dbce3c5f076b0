/** Whether the tests of faults run in full, as `FAULTS=long` asks, and not in their short form. */
export const isLong = process.env['FAULTS'] === 'long';
