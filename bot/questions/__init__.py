"""From a message to a decision about it.

Map: `triage` (pure: danger signs and doses before any answer), `answer_policy` (pure: answer, choices, or an honest
no), `second_opinion` (an optional larger helper that chooses), `asking` (the order of the steps), `answer_lines` (a decision as lines and buttons), `question_log` (what was
asked, without names), `entry_use` (how often each entry answered), `scrub` (names and numbers out), `question_flow` (the buttons below an answer).
"""
