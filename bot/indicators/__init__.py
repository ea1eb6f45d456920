"""The indicators of the city's plan, counted by the rules of docs/indicators.md: nothing about fewer than ten."""
