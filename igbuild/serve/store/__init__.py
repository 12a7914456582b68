"""Participants' data, kept durably: tokens, the SQLite store and the upload endpoint."""
