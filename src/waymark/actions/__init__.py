"""Actions: one function a use case; where the domain meets disk, clock and chance."""
