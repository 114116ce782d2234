"""What clients ask with: documents, read, measured, validated and kept."""
