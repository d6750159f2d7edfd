"""The drivers: the engines that speak. The bucket and the links come from the runtime."""
