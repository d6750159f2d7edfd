"""The drivers: S3, by the runtime's ``Bucket`` and ``LinkSigner``."""
