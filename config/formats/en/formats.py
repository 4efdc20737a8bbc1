"""English as it is written in Britain; every other language has its own from Django."""

DATE_FORMAT = "j F Y"
