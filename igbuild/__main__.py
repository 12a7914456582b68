"""`python -m igbuild`."""

from igbuild.cli import main

main(prog_name="igbuild")
