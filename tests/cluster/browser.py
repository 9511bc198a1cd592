"""A headless Chromium that opens a page and photographs it, and the pixels of the picture."""

from __future__ import annotations

import html
import subprocess
import tempfile
import zlib
from collections import Counter
from pathlib import Path

from tests.lab import debian

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # In a container the shared memory is small.
    "--disable-dev-shm-usage",
)
SECONDS = 120
# A window has a least width, a frame has none.
FRAME = """<title>-</title><iframe style="width:{width}px;height:900px;border:0" srcdoc="{page}"></iframe>
<script>
onload = () => document.title = document.querySelector("iframe").contentDocument.documentElement.scrollWidth
</script>
"""
SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Of a PNG's colour types, those without a palette.
CHANNELS = {2: 3, 6: 4}

Colour = tuple[int, ...]


class Browser:
    """Chromium, which is installed when it is missing."""

    def __init__(self) -> None:
        debian.provide(print, debian.BROWSER_PACKAGES)

    def document(self, page: Path) -> str:
        """The document as the browser has it after it was loaded."""
        return self._run(page, "--window-size=1100,900", "--dump-dom")

    def width(self, page: Path, given: int) -> int:
        """How wide the page's content is where it is ``given`` so many pixels."""
        with tempfile.TemporaryDirectory() as folder:
            frame = Path(folder) / "frame.html"
            frame.write_text(FRAME.format(width=given, page=html.escape(page.read_text())))
            return int(self.document(frame).split("<title>")[1].split("</title>")[0])

    def photograph(self, page: Path, picture: Path, width: int, height: int) -> None:
        """Put the page's picture into a file."""
        picture.parent.mkdir(parents=True, exist_ok=True)
        self._run(page, f"--window-size={width},{height}", f"--screenshot={picture}")

    def _run(self, page: Path, *options: str) -> str:
        # Its helpers may write there for a moment after its end.
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            command = ["chromium", *FLAGS, f"--user-data-dir={profile}", *options, page.as_uri()]
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


def colours(picture: Path) -> Counter[Colour]:
    """How many pixels of each colour a picture has (PNG, 8 bits a channel, not interlaced: RFC 2083)."""
    data = picture.read_bytes()
    assert data.startswith(SIGNATURE)
    width, height, depth, kind = (*_numbers(data[16:24]), data[24], data[25])
    assert (depth, data[28]) == (8, 0)
    channels, position, packed = CHANNELS[kind], len(SIGNATURE), b""
    while position < len(data):
        (length,) = _numbers(data[position : position + 4])
        if data[position + 4 : position + 8] == b"IDAT":
            packed += data[position + 8 : position + 8 + length]
        position += length + 12
    raw, size = zlib.decompress(packed), width * channels
    found: Counter[Colour] = Counter()
    before = bytearray(size)
    for row in range(height):
        start = row * (size + 1)
        before = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + size]), before, channels)
        found.update(zip(*(before[channel::channels] for channel in range(3)), strict=True))
    return found


def _numbers(data: bytes) -> list[int]:
    return [int.from_bytes(data[start : start + 4]) for start in range(0, len(data), 4)]


def _unfiltered(method: int, row: bytearray, above: bytearray, step: int) -> bytearray:
    for index in range(len(row)) if method else ():
        left, corner = (row[index - step], above[index - step]) if index >= step else (0, 0)
        up = above[index]
        guesses = {1: left, 2: up, 3: (left + up) // 2}
        row[index] = (row[index] + (guesses[method] if method < 4 else _paeth(left, up, corner))) & 255
    return row


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))
