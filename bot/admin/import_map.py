"""The pages on which texts for the guide come in and go out as files, and where editions differ."""

from bot.admin import conflict_pages, export_pages, import_pages
from bot.admin.page_call import Page

IMPORT_PAGES: tuple[Page, ...] = (
    Page("GET", "/guide-import", "guide.import", import_pages.import_page),
    Page("POST", "/guide-import", "guide.import", import_pages.bring, import_pages.import_page, upload=True),
    Page("POST", "/guide-import/keep", "guide.import", import_pages.keep_drafts, import_pages.import_page),
    Page("POST", "/guide-import/drop", "guide.import", import_pages.drop, import_pages.import_page),
    Page("GET", "/guide-import/topic/{topic_id}", "guide.import", import_pages.look_page),
    Page("GET", "/guide-import/template/{form}", "guide.import", export_pages.template_file),
    Page("GET", "/guide-export/{form}", "guide.export", export_pages.export_file),
    Page("GET", "/guide-conflicts", "guide.see", conflict_pages.conflicts_page),
)
