"""Meeting in person: events and seats, bookings, check-in, home visits, service points."""
