"""Daphne as a member of the pair. It ends when its parent is gone, which holds its standard input."""

import os
import sys
import threading

from daphne.cli import CommandLineInterface


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
CommandLineInterface.entrypoint()
