#!/usr/bin/env python
"""Runs the management commands: `manage.py help` lists them."""

from posthog_lite.__main__ import main

if __name__ == "__main__":
    main()
