import { readFile, readdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** What becomes smaller; pictures and the search's index are compressed as they are. */
const COMPRESSIBLE = /\.(css|html|js|json|svg|txt|xml)$/;

const { BROTLI_MAX_QUALITY, BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, Z_BEST_COMPRESSION } =
  constants;

const ENCODERS = {
  br: (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [BROTLI_PARAM_QUALITY]: BROTLI_MAX_QUALITY,
        [BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gz: (bytes) => promisify(gzip)(bytes, { level: Z_BEST_COMPRESSION }),
};

/** After the build: a .br and a .gz beside each file that they make smaller, for server/site.ts. */
export function compressedFiles() {
  return {
    name: 'compressed-files',
    hooks: {
      'astro:build:done': async ({ dir, logger }) => {
        const started = performance.now();
        const files = (await readdir(dir, { recursive: true })).filter((file) =>
          COMPRESSIBLE.test(file),
        );
        const left = files.values(); // all workers take from it
        const worker = async () => {
          for (const file of left) await compress(fileURLToPath(new URL(encodeURI(file), dir)));
        };
        await Promise.all(Array.from({ length: availableParallelism() }, worker));
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        logger.info(`${files.length} files compressed in ${seconds} s`);
      },
    },
  };
}

async function compress(path) {
  const bytes = await readFile(path);
  for (const [extension, encode] of Object.entries(ENCODERS)) {
    const smaller = await encode(bytes);
    if (smaller.length < bytes.length) await writeFile(`${path}.${extension}`, smaller);
  }
}
