"""WebSockets that never read: python3 never_reading.py PORT PATH MANY

Their receive buffers are as small as they can be, and so are their segments, by which the kernel of
the server measures how much it takes over: what waits for them waits in the server. Each has a name
of its own, ?as=neverreading and its number. They send pongs, so that nobody takes them for dead.
Prints "open" when all are, and stays until it is killed, or for ten minutes.
"""

import socket
import sys
import time

PONG = bytes([0x8A, 0x80, 0, 0, 0, 0])

port, path, many = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
sockets = []
for number in range(many):
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    peer.connect(("127.0.0.1", port))
    lines = [
        f"GET {path}?as=neverreading{number:06} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    peer.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = peer.recv(1)
        if not byte:
            sys.exit("It was refused.")
        head += byte
    sockets.append(peer)
print("open", flush=True)
for _ in range(100):
    time.sleep(6)
    for peer in sockets:
        try:
            peer.send(PONG)
        except OSError:
            pass  # it was ended
