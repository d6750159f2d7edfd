"""Makes the fixtures over real parts known to every test of the repository."""

pytest_plugins = ["lbc_testkit.fixtures"]
