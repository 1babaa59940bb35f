"""What a caption claims, and whether text, pixels and annotations bear it out; no weights, no store."""
