"""From an experiment and its lock to `dist/`: plan, render, check, bundle, write, report."""
