"""Enums whose members explain themselves, once, for code, schema and documents alike."""

from enum import StrEnum
from typing import Self


class Words(StrEnum):
    """A member is written as `NAME = "NAME", "What it means."`."""

    about: str

    def __new__(cls, value: str, about: str) -> Self:
        word = str.__new__(cls, value)
        word._value_ = value
        word.about = about
        return word
