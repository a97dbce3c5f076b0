import { protocolTypeRouter, serveWebSocket, urlRouter } from './channels/index.ts';
import type { Context } from './context.ts';
import { type Door, hostDoor, originDoor } from './guard/doors.ts';
import { paceOf } from './guard/pace.ts';
import { asProblem } from './guard/refusal.ts';

/** The companion's WebSocket side, guarded: an upgrade that no lesson answers is refused with 404. */
export function sockets({ settings, log }: Context, doors: readonly Door[] = []) {
  const all = [...doors, hostDoor(settings), originDoor(settings)];
  const application = protocolTypeRouter({ websocket: urlRouter([]) });
  return serveWebSocket(application, {
    admit(request) {
      for (const door of all) {
        const refusal = door(request);
        if (refusal) return asProblem(refusal);
      }
      return undefined;
    },
    pace: () => paceOf(settings),
    onError: (error) => log.error({ err: error }, 'a consumer failed'),
  });
}
