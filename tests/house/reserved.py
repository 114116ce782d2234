"""Reserved words of the languages that clients are written in: no identifier, or none without quotes."""

from typing import Final

WORDS: Final = {
    "Kotlin": frozenset(
        """
        as break class continue do else false for fun if in interface is null object
        package return super this throw true try typealias typeof val var when while
        """.split()
    ),
    "Swift": frozenset(
        """
        associatedtype class deinit enum extension fileprivate func import init inout
        internal let operator private precedencegroup protocol public rethrows static
        struct subscript typealias var break case catch continue default defer do else
        fallthrough for guard if in repeat return throw switch where while Any as await
        false is nil self Self super throws true try
        """.split()
    ),
    "Java": frozenset(
        """
        abstract assert boolean break byte case catch char class const continue default
        do double else enum extends final finally float for goto if implements import
        instanceof int interface long native new package private protected public return
        short static strictfp super switch synchronized this throw throws transient try
        void volatile while true false null
        """.split()
    ),
    "Dart": frozenset(
        """
        assert await break case catch class const continue default do else enum extends
        false final finally for if in is new null rethrow return super switch this throw
        true try var void while with yield
        """.split()
    ),
    "Typescript": frozenset(
        """
        break case catch class const continue debugger default delete do else enum
        export extends false finally for function if import in instanceof new null
        return super switch this throw true try typeof var void while with yield let
        static implements interface package private protected public
        """.split()
    ),
}
