"""Web pages for staff under `/admin`: sign in, mend the guide, try it, see what parents ask.

Map: `permissions` (data: which role may do what) · `page_call` (a page, what a handler gets, what it gives) · `pages_map`
(every route with its action) · `staff_app` (the web application: headers, sessions, forms) · `staff_rows`,
`staff_accounts`, `staff_sessions`, `staff_invitations`, `passwords`, `second_factor` (who works here) · `account_pages`,
`people_pages`, `audit_pages`, `family_reveal` · `guide_list`, `guide_pages`, `edit_pages`, `guide_desk` (curation) · `impact`,
`impact_questions`, `impact_book`, `impact_pages`, `playground_pages`, `question_groups`, `asked_pages` (what an edit does, what parents ask) · `meeting_map` with `event_list`, `event_changes`,
`announcement_list`, `announcement_steps`, `visit_list`, `visit_steps`, `register_pages`, `ledger_pages`, `delivery_words`,
`confirmation` (what is run for families; nothing reaches them before its number is agreed to) · `staff_words` with `locales/` (phrases) ·
`pages/` (templates, style; no script at all).
"""
