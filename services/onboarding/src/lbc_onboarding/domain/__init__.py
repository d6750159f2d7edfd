"""What onboarding decides, without any I/O. Imports nothing of ours but the contracts."""
