import { Router } from 'express';
import { parseRoomName } from '../../src/protocol/message.ts';
import { asApplication, type Route, route, WebSocketConsumer } from '../channels/index.ts';
import type { Context } from '../context.ts';
import { allow, take } from '../guard/refusal.ts';
import { tagIn, WHOSE } from '../wire/tag.ts';

/** The server's mark, so that one sees who sent what came. */
const MARK = ' ✓';

/** The lists, by name. The notes have one, for all the server: here it is `default`. */
const lists = new Map<string, WebSocketConsumer[]>();

/** The connection list: who is connected stands in a list, and a message goes to all of it. */
export function routing(): Route[] {
  // #region consumer
  class ChatConsumer extends WebSocketConsumer {
    readonly #name = this.scope.urlRoute.kwargs['list'] ?? 'default';
    readonly #list = lists.get(this.#name) ?? [];

    override connect() {
      this.accept();
      this.#list.push(this);
      lists.set(this.#name, this.#list);
    }

    override receive(text: string) {
      if (text === 'close') return void this.close();
      if (text === '') return;
      const reply = text + MARK;
      // Nothing here waits, so nobody can leave meanwhile: else it would have to walk a copy.
      for (const consumer of this.#list) consumer.send(reply);
    }

    override disconnect() {
      const place = this.#list.indexOf(this);
      if (place >= 0) this.#list.splice(place, 1);
      if (this.#list.length === 0) lists.delete(this.#name);
    }
  }
  // #endregion

  const consumer = asApplication(ChatConsumer);
  return [
    route(/live\/connection-list\/(?<list>\w{1,64})\/room\/(?<group>\w{1,64})\//, consumer),
    route(/room\/(?<group>\w{1,64})\//, consumer), // the notes' own address
  ];
}

/** For the demo: a list as it is now, and the process that has it. */
export function views({ inside }: Context): Router {
  const lesson = Router();
  const listOf = (name: string) => {
    const all = lists.get(name) ?? [];
    const groups = all.slice(0, 100).map((consumer) => consumer.kwarg('group'));
    const whose = all.slice(0, 100).map(({ scope }) => tagIn(`?${scope.queryString}`)?.tag);
    return { many: all.length, groups, process: process.pid, [WHOSE]: whose };
  };
  inside.show('connection-list', { list: async (room) => listOf(room) });
  const connections = lesson.route('/:list/connections');
  connections.get((request, response) => {
    response.json(listOf(take(parseRoomName(request.params.list))));
  });
  connections.all(allow('GET'));
  return lesson;
}
