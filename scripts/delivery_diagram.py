"""Write the state diagram of an outgoing message into docs/delivery.md, from the transitions in the code."""

from pathlib import Path

from bot.outreach.state_diagram import with_diagram

PAGE = Path(__file__).parents[1] / "docs" / "delivery.md"

if __name__ == "__main__":
    PAGE.write_text(with_diagram(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
