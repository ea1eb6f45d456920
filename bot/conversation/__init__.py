"""Whose turn it is, and in which words. A channel calls `conversation.Conversation.handle` and nothing else.

Map: `conversation` (one delivery in, rendered replies out, each delivery once), `router` (pure: what a message asks of
us), `turns` (what one message changes and gets; `meeting`, `asked_turns`, `command_turns`), `child_asked` (which child a question is about), `guided` (guided
dialogues and what comes in between), `my_data` (see, take along, erase), `session` (what is remembered of a dialogue),
`deliveries` (updates already handled), `phrases` and `locales/` (our sentences in both languages), `render` (phrase keys
to sentences).
"""
