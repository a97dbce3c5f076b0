import {
  protocolTypeRouter,
  RedisAway,
  serveWebSocket,
  urlRouter,
  type WebSocketService,
} from './channels/index.ts';
import type { Context } from './context.ts';
import { type Door, hostDoor, originDoor } from './guard/doors.ts';
import { paceSockets } from './guard/pace.ts';
import { asProblem } from './guard/refusal.ts';
import * as channelLayer from './lessons/channel-layer.ts';
import * as connectionList from './lessons/connection-list.ts';
import * as websocket from './lessons/websocket.ts';
import { goesAlong, passUpgrades } from './passing/passing.ts';
import { yoursWay } from './passing/yours.ts';
import { pairWay } from './processes/pair-way.ts';
import * as observer from './wire/observer.ts';

export type Sockets = Pick<WebSocketService, 'handleUpgrade' | 'close'>;

/** The companion's WebSocket side, guarded: an upgrade that no lesson answers is refused with 404. */
export function sockets(context: Context, doors: readonly Door[] = []): Sockets {
  const { settings, log } = context;
  const all = [...doors, hostDoor(settings), originDoor(settings)];
  // #region routes
  const application = protocolTypeRouter({
    websocket: urlRouter([
      ...websocket.routing(context),
      ...connectionList.routing(),
      ...channelLayer.routing(context),
      ...observer.routing(context),
    ]),
  });
  // #endregion
  const lessons = serveWebSocket(application, {
    admit(request) {
      for (const door of all) {
        const refusal = door(request);
        if (refusal) return asProblem(refusal);
      }
      return undefined;
    },
    pace: paceSockets(settings),
    onError(error) {
      // That Redis is away is told once, by the context.
      if (!(error instanceof RedisAway)) log.error({ err: error }, 'a consumer failed');
    },
  });
  const ways = [pairWay(context), yoursWay(settings)].map((way) => ({
    way,
    pass: passUpgrades(way, all, (error) => log.error({ err: error }, 'an upgrade failed')),
  }));
  return {
    close: lessons.close,
    handleUpgrade(request, socket, head) {
      const along = ways.find(({ way }) => goesAlong(way, request));
      if (along) void along.pass(request, socket, head);
      else lessons.handleUpgrade(request, socket, head);
    },
  };
}
