"""Tickets: a parent's question to a person, from consent to answer, and the desk at which counsellors answer it."""
