"""Whose turn it is, and in which words. A channel calls `conversation.Conversation.handle` and nothing else.

Map: `conversation` (one delivery in, rendered replies out, each delivery once), `router` (pure: what a message asks of
us), `session` (what is remembered of a dialogue), `deliveries` (updates already handled), `phrases` and `locales/`
(our sentences in both languages), `render` (phrase keys to sentences).
"""
