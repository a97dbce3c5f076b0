/** Whether the faults come in their long form, as `npm run faults` has them, or as `npm test` has. */
export const isLong = process.env['FAULTS'] === 'long';
