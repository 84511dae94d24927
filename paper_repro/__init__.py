"""What papers claimed: claims as data, the rules that decide them, verdicts, the report and the published
results."""
