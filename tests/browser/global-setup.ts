import { startServer } from '../support/program.ts';

/** One server for all browser tests: they stay apart by their rooms. */
export default async function globalSetup() {
  const server = await startServer();
  process.env['SITE'] = server.url;
  return async () => {
    await server.end('SIGTERM');
  };
}
