"""What the contract asks of Daphne and its command line cannot say."""

import daphne.server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

# #region daphne
# autobahn, which speaks WebSocket for Daphne, lets an application give 1000 and 3000–4999 alone.
OF_SERVERS = (1001, 1003, 1008, 1011)


class Protocol(WebSocketProtocol):
    def serverSend(self, content, binary=False):
        # To one that is closing nothing can be sent. It raises, and would end whoever is speaking.
        if self.state == self.STATE_OPEN:
            super().serverSend(content, binary)

    def serverClose(self, code=None):
        if code in OF_SERVERS:
            self.sendCloseFrame(code)
        else:
            super().serverClose(code)


class Factory(WebSocketFactory):
    protocol = Protocol

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.setProtocolOptions(
            echoCloseCodeReason=True,  # else every close is answered with 1000
            failByDrop=False,  # a client that is wrong is told so: 1002, 1007 or 1009
            maxMessagePayloadSize=65_536,
        )


daphne.server.WebSocketFactory = Factory
# #endregion
