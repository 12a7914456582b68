"""`igbuild serve`: host a built site, and with `--dev` rebuild it while it is worked on."""
