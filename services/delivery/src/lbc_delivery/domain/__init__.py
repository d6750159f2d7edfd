"""What delivery decides, without I/O: claims, refusals, sources of media, texts within bounds, pace."""
