"""The guide as staff edit it: revisions in the database, from draft to published, and how processes take them in.

Map: `curation_rows` (tables) · `entry_form` (an entry's file as fields and two texts, and back) · `proofreading` (what is
wrong, by line) · `problem_words` (the same in Chinese) · `revisions` (how they lie there and move) · `drafting` (to
approved) · `publishing` (signed, served, and back) · `shipped_edition` (files in, files out, conflicts) ·
`published_edition` (the guide of this moment) · `living_guide` (what every process serves, and how it notices a change) ·
`fit_book` (how the search follows) · `own_topics` (added here) · `text_differences` · `side_by_side` · `kept_questions`
(questions with the topic that is right for them) · `dealt_groups` (what became of what parents asked).

Files in: `reading_process` starts `read_files`, which judges them (`file_kind`, `safe_archive`) and reads them
(`imported_markdown`, `imported_table`, `imported_docx`, `imported_pdf`, `text_lines`) into `import_pieces`; `assembling`
and `import_plan` decide what becomes of them, `held_imports` keeps them as drafts. Files out: `writing_process` starts
`write_file`, which makes them (`guide_files`, `printed_guide`). Both start theirs by `process_apart`.
"""
