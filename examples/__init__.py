"""The example month end: October 2026 of two legal entities, written by `python -m examples.generate`."""
