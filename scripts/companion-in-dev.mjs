/** The companion that runs now, also after Astro has made itself a new server. */
const RUNNING = Symbol.for('on-the-wire companion');

/** In development the companion answers on Astro's own port, and its code is loaded anew on edit. */
export function companion() {
  return {
    name: 'companion',
    hooks: {
      'astro:server:setup': ({ server }) => {
        const load = async () => {
          const now = await server.environments.ssr.runner.import('/server/dev.ts');
          if (globalThis[RUNNING] && globalThis[RUNNING].handle !== now.handle)
            globalThis[RUNNING].stop();
          globalThis[RUNNING] = now;
          return now;
        };
        // Connections are looked at by whichever code is newest; those before the first are not.
        let interposed = false;
        const watch = async () => {
          if (interposed || !server.httpServer) return;
          interposed = true;
          const { interpose } = await server.environments.ssr.runner.import(
            '/server/wire/interpose.ts',
          );
          interpose(server.httpServer, (socket) => globalThis[RUNNING]?.look(socket));
        };
        server.middlewares.use(async (request, response, next) => {
          try {
            const { handle } = await load();
            await watch();
            handle(request, response, next);
          } catch (error) {
            next(error);
          }
        });
        // Vite's hot reload has its socket on the same server: what is not ours is left alone.
        server.httpServer?.on('upgrade', async (request, socket, head) => {
          if (!/^\/(live|room|pair)\//.test(request.url ?? '')) return;
          try {
            (await load()).upgrade(request, socket, head);
          } catch (error) {
            console.error(error); // the server's code is broken just now
            socket.destroy();
          }
        });
      },
    },
  };
}
