"""One line for each long step: what it is, that it still runs, how long it took."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(text: str) -> Iterator[None]:
    """Print a line that grows by a dot each second until the step is done."""
    print(f"{text} ", end="", flush=True)
    done, began = threading.Event(), time.monotonic()

    def tick() -> None:
        while not done.wait(1):
            print(".", end="", flush=True)

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    except BaseException:
        done.set()
        ticker.join()
        print(flush=True)
        raise
    done.set()
    ticker.join()
    print(f" {time.monotonic() - began:.1f} s", flush=True)
