import { setTimeout as pause } from 'node:timers/promises';
import { Router } from 'express';
import * as words from '../../src/protocol/message.ts';
import * as channels from '../channels/index.ts';
import type { Context } from '../context.ts';
import { allow, asProblem, refused, take } from '../guard/refusal.ts';
import { TellingConsumer } from '../guard/telling-consumer.ts';
import { hear, type Heard, sayTo } from '../rooms/groups.ts';
import { Place } from '../rooms/place.ts';

/** The channel layer: each room is a group, and the layer takes what is said to its members. */
export function routing({ layer, rooms, inside }: Context): channels.Route[] {
  // #region consumer
  class ChatConsumer extends TellingConsumer {
    readonly #group = this.kwarg('group');
    /** For the demo: as if it asked a database for each message, and never looked into the log. */
    readonly #careless = queryOf(this).has('slow');
    readonly #place = new Place(rooms, this.#group);

    override async connect() {
      const refusal = await refused(() => this.#place.begin(queryOf(this).get('after')));
      if (refusal) return void this.deny(asProblem(refusal));
      await this.channelLayer.groupAdd(this.#group, this.channelName);
      this.accept();
      if (!this.#careless) this.#place.onDoubt(() => this.inTurn(this.#catchUp));
      await this.#catchUp();
    }

    override async receiveJson(content: unknown) {
      const said = (message: words.Message) => sayTo(this.channelLayer, this.#group, message);
      await this.orSayWhyNot(() =>
        rooms.append(this.#group, take(words.parseNewMessage(content)), said),
      );
    }

    override async disconnect() {
      this.#place.leave();
      await this.channelLayer.groupDiscard(this.#group, this.channelName);
    }

    /** By the `type` of a layer's message: what is no key here reaches nothing. */
    override readonly handlers: channels.Handlers = {
      'chat.message': (message) => {
        const said = hear(message);
        if (this.#careless) return pause(500).then(() => this.#tell(said));
        return this.#place.misses(said.at) ? this.#catchUp() : this.#tell(said);
      },
    };

    #tell({ at, json }: Heard) {
      if (this.#place.moveTo(at)) this.send(json);
    }
    // #endregion

    /** From the log: what was missed, whether before it came, in a gap, or while the log was away. */
    #catchUp = () =>
      this.orSayWhyNot(async () => {
        const { from, skipped, messages } = await this.#place.missed();
        for (const frame of [{ after: from, skipped }, ...messages]) this.sendJson(frame);
      });
  }
  const queryOf = ({ scope }: ChatConsumer) => new URLSearchParams(scope.queryString);
  const pattern = /live\/channel-layer\/room\/(?<group>\w{1,64})\//;
  const { began } = inside;
  return [channels.route(pattern, channels.asApplication(ChatConsumer, { layer, began }))];
}

/** For the demo: a room's group as the layer holds it. */
export function views({ layer, inside }: Context): Router {
  const lesson = Router();
  inside.show('channel-layer', { group: (room) => inside.group(layer.describe(room)) });
  lesson
    .route('/room/:group/layer')
    .get(async (request, response) => {
      response.json(await layer.describe(take(words.parseRoomName(request.params.group))));
    })
    .all(allow('GET'));
  return lesson;
}
