// A companion alone, without the site's pages, so that nothing must be built: node server-process.mjs
import { openCompanion } from '../server/companion.ts';
import { answer, cpu } from './measure.mjs';

const companion = await openCompanion(process.env);

answer({
  port: () => companion.port,
  cpu,
});
