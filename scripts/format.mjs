import { main, setUp, tool } from './setup.mjs';

await main(async () => {
  await setUp();
  process.exitCode = tool('prettier/bin/prettier.cjs', ['--write', '.']);
});
