"""What experts would sign, and the pure rules that compute with it.

Map: `topics` and `guide` are the values; `entry_file`, `wording_file` and `load` read them from `data/` (`data_folder`);
`schedule`, `schedule_file` and `immunization_forecast` say what a child needs when (docs/calendar.md has the flow),
`checkup_calendar` and `checkup_forecast` the same for check-ups, `load_calendars` reads both;
`packs` and `places` (`place_files`, `csv_table`) are what goes out beside answers; `check`, `sameness` and `report` are the editors' proof-reader; `age` reads a child's age out of a sentence; `danger_signs` and
`dose_request` decide from words alone what must come before any search; `faults` lists what can be wrong.
`child_age`, `growth_*` (standard and tables, reading, doubts, trend, assessment, words) and `milestones` with
`milestone_words` compute with one child; `load_growth` reads their data.
Nothing here imports `index` or `bot`.
"""
