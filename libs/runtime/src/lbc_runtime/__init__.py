"""What every service runs on: consuming, publishing, pausing, settings, telemetry and lifecycle."""
