"""What the tests of onboarding share: a made-up world for the laws, and short ways to make inputs."""
