"""Brand packs before they reach people: checked, published, fetched and looked at."""
