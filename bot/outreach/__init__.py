"""What goes out by itself: when it may, to whom, and what was said no to."""
