"""Where files are kept: the protocol, a folder, and S3."""
