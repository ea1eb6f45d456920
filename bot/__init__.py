"""What happens with people: talk, remember, answer. Imports `index` and `knowledge`.

Map: platform files `errors`, `clock`, `settings`, `messages`, `database`; rooms `questions` (from a message to a
decision, and its log), `conversation` (whose turn it is, wording, both languages), `channels` (terminal, web chat,
Telegram); `wiring` puts a process together and `cli` starts it. Lower files know nothing of higher ones.
"""
