"""The child's calendar, growth and milestones, as families see them.

Map: `growth_chart` draws a child's measurements over the percentile bands. The rules are `knowledge`'s.
"""
