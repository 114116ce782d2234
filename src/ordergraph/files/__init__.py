"""Attachments: files that people hang on messages and evidence, and where they are kept."""
