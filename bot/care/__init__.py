"""The child's calendar, growth and milestones, as families see them.

Map: `care_flows` (where commands begin) -> `calendar_flow` -> `calendar_pages` -> `child_calendar` (pure: what is
next) over `record_values` (pure); `care_records` writes and reads through `sealed_entries`, the one door to the tables
of `care_rows`. `calendar_reading` puts a calendar together for whoever may see it; `feed_flow`, `feeds` and `icalendar_file` take it
into other calendars. `growth_flow` over `measurements`, `milestone_flow` over `screenings`. `care_export` copies
everything for the family; `records_flow` gives records as files (`record_files`) and reads tables in (`record_table`, `record_import`). `growth_chart` draws measurements over the percentile bands, when `growth_picture` says so after the transaction.
The rules are `knowledge`'s.
"""
