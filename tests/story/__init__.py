"""The main job over HTTP, as the people would do it: `make story`."""
