import { setTimeout as pause } from 'node:timers/promises';
import { Router } from 'express';
import { covers, formatCursor, parseCursor, START } from '../../src/protocol/cursor.ts';
import { parseMessage, parseNewMessage, parseRoomName } from '../../src/protocol/message.ts';
import { problem } from '../../src/protocol/problem.ts';
import * as channels from '../channels/index.ts';
import type { Context } from '../context.ts';
import { allow, asProblem, Refusal, take } from '../guard/refusal.ts';
import { sayTo } from '../rooms/groups.ts';

/** The channel layer: each room is a group, and the layer takes what is said to its members. */
export function routing({ layer, rooms, sightings }: Context): channels.Route[] {
  // #region consumer
  class ChatConsumer extends channels.JsonWebSocketConsumer {
    readonly #group = this.kwarg('group');
    readonly #query = new URLSearchParams(this.scope.queryString);
    #place = START;
    #leave = () => {};

    override async connect() {
      this.#leave = rooms.keep(this.#group);
      sightings.opened(this.scope);
      const end = (await rooms.after(this.#group, START)).after;
      const from = parseCursor(this.#query.get('after') ?? end);
      if (!from.ok) return void this.deny(asProblem(new Refusal('malformed', from.detail)));
      await this.channelLayer.groupAdd(this.#group, this.channelName);
      this.accept();
      await this.#replay(from.value);
    }

    override async receiveJson(content: unknown) {
      const words = parseNewMessage(content);
      if (!words.ok) return void this.sendJson({ problem: problem('malformed', words.detail) });
      const message = await rooms.append(this.#group, words.value);
      await sayTo(this.channelLayer, this.#group, message);
    }

    override async disconnect(code: number, reason: string) {
      await this.channelLayer.groupDiscard(this.#group, this.channelName);
      this.#leave();
      sightings.closed(this.scope, code, reason);
    }

    /** By the `type` of a layer's message: what is no key here reaches nothing. */
    override readonly handlers: channels.Handlers = {
      'chat.message': async ({ message: said }) => {
        const message = take(parseMessage(said));
        if (this.#query.has('slow')) await pause(500); // for the demo: as if it asked a database
        if (!covers(this.#place, message.id)) this.sendJson(message);
      },
    };
    // #endregion

    override malformed() {
      this.sendJson({ problem: problem('malformed', 'This is no JSON: send an object.') });
    }

    /** What was missed, after the place from which on this connection hears. */
    async #replay(from: typeof START) {
      const { messages, after, skipped } = await rooms.after(this.#group, from);
      this.sendJson({ after: messages.length ? formatCursor(from) : after, skipped });
      for (const message of messages) this.sendJson(message);
      this.#place = take(parseCursor(after));
    }
  }
  const pattern = /live\/channel-layer\/room\/(?<group>\w{1,64})\//;
  return [channels.route(pattern, channels.asApplication(ChatConsumer, { layer }))];
}

/** For the demo: a room's group as the layer holds it. */
export function views({ layer }: Context): Router {
  const lesson = Router();
  lesson
    .route('/room/:group/layer')
    .get(async (request, response) => {
      response.json(await layer.describe(take(parseRoomName(request.params.group))));
    })
    .all(allow('GET'));
  return lesson;
}
