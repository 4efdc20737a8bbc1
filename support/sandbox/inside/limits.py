"""Bounds of the disposable process (T-27), known to both sides."""

FILE_BYTES = 15 * 1024 * 1024
PIXELS = 40_000_000
PAGES = 50
# All of it, start and end included: 15 s are promised.
WALL_SECONDS = 14.0
CPU_SECONDS = 14
# Optical reading gives way to everybody: it may wait longer, and computes no longer than that.
READER_WALL_SECONDS = 30.0
# Resident memory; 1.2 GB are promised. The address space of the opener is bounded as well, so that
# an allocation fails before the watching parent has to kill.
RESIDENT_BYTES = 1_150_000_000
ADDRESS_BYTES = 1_150_000_000
# onnxruntime reserves far more addresses than it touches.
READER_ADDRESS_BYTES = 2_500_000_000
OPEN_FILES = 64

# A picture: the longest side, and for strips (receipts, screenshots) up to the second number.
LONGEST_PIXELS = 2000
STRIP_PIXELS = 5000
PICTURE_BYTES = 8_000_000
REPLY_BYTES = 120_000_000
FRAME_BYTES = 12_000_000

WORDS_A_PAGE = 6000
WORD_LETTERS = 200
CODES_A_PAGE = 40
CODE_LETTERS = 4000
FLAGS = 60
DETAIL_LETTERS = 300
# After so long in a file of many pages, codes are looked for no more: pictures come first.
CODES_UNTIL_SECONDS = 6.0
