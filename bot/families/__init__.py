"""Families: which children they have, who shares them, what they agreed to, and how all of it goes away again.

Map: `child` (pure: the child as a value, what may be entered), `roles` (pure: who may do what), `family_rows` (the
tables), `membership` (who belongs to a family), `children` (add, change, read), `consent` (purposes, given and
withdrawn), `invitation` with `invitation_code` (codes that let somebody in), `change_log` (who did what), `erasing`, `family_export` (a copy of
everything). Guided dialogues: `child_flow` with `child_questions` and `birth_flow`, `children_list`, `consent_flow`,
`sharing_flow`; `family_flows` lists them.

For the rooms above: `children.children_for(visit, purpose)` gives the children that a chat shares and may use for a
purpose, `children.the_child(visit, child_id, right)` one of them or a refusal.
"""
