"""The child's calendar, growth and milestones, as families see them.

Map: `care_flows` (where commands begin) -> `calendar_flow` -> `calendar_pages` -> `child_calendar` (pure: what is
next) over `record_values` (pure); `care_records` writes and reads through `sealed_entries`, the one door to the tables
of `care_rows`. `care_export` copies them for the family. `growth_chart` draws measurements over the percentile bands.
The rules are `knowledge`'s.
"""
