"""The edges of delivery: DynamoDB, the Bot API, and what stands in for them in memory."""
