import { expect, test } from 'vitest';
import {
  asApplication,
  InMemoryChannelLayer,
  WebSocketCommunicator,
  WebSocketConsumer,
  type Application,
  type Handlers,
} from '../../server/channels/index.ts';

class Echo extends WebSocketConsumer {
  override receive(text: string) {
    this.send(text);
  }
}

test('P29: it says what a socket would have shown', async () => {
  const peer = new WebSocketCommunicator(asApplication(Echo), '/');
  expect(await peer.connect()).toEqual({ accepted: true });
  peer.sendTo('hello');
  expect(await peer.receiveFrom()).toBe('hello');
  await peer.disconnect(4000);
});

test('P29: it rejects with what the application threw', async () => {
  const broken: Application = async (_scope, receive, send) => {
    await receive();
    send({ type: 'websocket.accept' });
    await receive();
    throw new Error('a fault');
  };
  const peer = new WebSocketCommunicator(broken, '/');
  await peer.connect();
  peer.sendTo('x');
  expect(await peer.receiveClose()).toEqual({ code: 1011, reason: '' });
  await expect(peer.receiveFrom()).rejects.toThrow('a fault');
  await expect(peer.wait()).rejects.toThrow('a fault');
});

test('P29: an application that returns without an answer is at fault', async () => {
  const peer = new WebSocketCommunicator(async () => undefined, '/');
  expect(await peer.connect()).toMatchObject({ accepted: false, refusal: { status: 500 } });
  await expect(peer.wait()).rejects.toThrow('accept() or deny()');
});

test('P29: an application that sends what is no WebSocket event is at fault', async () => {
  const confused: Application = async (_scope, _receive, send) => {
    send({ type: 'http.response.start', status: 200, headers: [] });
  };
  const peer = new WebSocketCommunicator(confused, '/');
  expect(await peer.connect()).toMatchObject({ accepted: false, refusal: { status: 500 } });
  await expect(peer.wait()).rejects.toThrow('A WebSocket cannot send http.response.start');
});

test('P29: after the end, an application is told of it as often as it asks', async () => {
  const curious: Application = async (_scope, receive, send) => {
    await receive();
    send({ type: 'websocket.accept' });
    for (let i = 0; i < 3; i++) {
      expect(await receive()).toEqual({ type: 'websocket.disconnect', code: 1005, reason: '' });
    }
  };
  const peer = new WebSocketCommunicator(curious, '/');
  await peer.connect();
  await peer.disconnect();
});

test('P29: it says which call was missing', async () => {
  const peer = new WebSocketCommunicator(asApplication(Echo), '/');
  expect(() => peer.sendTo('x')).toThrow('Await connect() first');
  await expect(peer.receiveFrom()).rejects.toThrow('Await connect() first');
  await peer.connect();
  await expect(peer.connect()).rejects.toThrow('Make another communicator');
  peer.sendTo('x');
  await expect(peer.receiveClose()).rejects.toThrow('the message "x" came');
  await peer.disconnect();
});

test('P30: receiveNothing sees what a handler says after many promises', async () => {
  class Slow extends WebSocketConsumer {
    override async receive(text: string) {
      for (let i = 0; i < 1_000; i++) await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
      if (text === 'speak') this.send('at last');
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Slow), '/');
  await peer.connect();
  peer.sendTo('be silent');
  expect(await peer.receiveNothing()).toBe(true);
  peer.sendTo('speak');
  expect(await peer.receiveNothing()).toBe(false);
  expect(await peer.receiveFrom()).toBe('at last');
  expect(await peer.receiveNothing()).toBe(true);
  await peer.disconnect();
  expect(await peer.receiveNothing()).toBe(true);
});

test('P30: receiveNothing sees what came by the layer', async () => {
  const layer = new InMemoryChannelLayer();
  class Member extends WebSocketConsumer {
    override readonly groups = ['all'];
    override readonly handlers: Handlers = {
      say: ({ text }) => void this.send(JSON.stringify(text)),
    };
  }
  const peer = new WebSocketCommunicator(asApplication(Member, { layer }), '/');
  await peer.connect();
  await layer.groupSend('others', { type: 'say', text: 'x' });
  expect(await peer.receiveNothing()).toBe(true);
  await layer.groupSend('all', { type: 'say', text: 'x' });
  expect(await peer.receiveNothing()).toBe(false);
  await peer.disconnect();
});
