"""The colours of all screens, under the names that the stylesheet uses: dark, light, high contrast.

Terminals of 256 colours have every one of them exactly. ``$ink`` can be read on canvas, paper, input, focus
and wrong; the words in quiet, title, bad and good on canvas and paper; canvas on action and title.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar
from weakref import WeakSet

from textual.app import App
from textual.reactive import Reactive
from textual.screen import Screen
from textual.theme import Theme

DARK, LIGHT, CONTRAST = "dark", "light", "contrast"

TOKENS: dict[str, dict[str, str]] = {
    DARK: {
        "canvas": "#121212",
        "paper": "#1c1c1c",
        "ink": "#e4e4e4",
        "quiet": "#a8a8a8",
        "title": "#ffd787",
        "input": "#303030",
        "focus": "#005f87",
        "action": "#0087af",
        "wrong": "#5f0000",
        "bad": "#ff8787",
        "good": "#87d787",
    },
    LIGHT: {
        "canvas": "#dadada",
        "paper": "#eeeeee",
        "ink": "#1c1c1c",
        "quiet": "#585858",
        "title": "#5f0087",
        "input": "#afd7ff",
        "focus": "#ffd787",
        "action": "#005f87",
        "wrong": "#ffafaf",
        "bad": "#af0000",
        "good": "#005f00",
    },
    CONTRAST: {
        "canvas": "#000000",
        "paper": "#000000",
        "ink": "#ffffff",
        "quiet": "#e4e4e4",
        "title": "#ffff00",
        "input": "#303030",
        "focus": "#005f5f",
        "action": "#ffffff",
        "wrong": "#5f0000",
        "bad": "#ffafaf",
        "good": "#afffaf",
    },
}

NAMES = tuple(TOKENS)
"""The themes, in the order in which Ctrl+T goes through them."""

WORDS = {DARK: "dark", LIGHT: "light", CONTRAST: "high contrast"}


def theme(name: str) -> Theme:
    """Make one of our themes; what Textual's own styles ask for follows from our tokens."""
    tokens = TOKENS[name]
    return Theme(
        name=name,
        dark=name != LIGHT,
        primary=tokens["action"],
        accent=tokens["title"],
        error=tokens["bad"],
        success=tokens["good"],
        warning=tokens["title"],
        foreground=tokens["ink"],
        background=tokens["canvas"],
        surface=tokens["input"],
        panel=tokens["paper"],
        variables={
            **tokens,
            "scrollbar": tokens["quiet"],
            "scrollbar-hover": tokens["ink"],
            "scrollbar-active": tokens["title"],
            "scrollbar-background": tokens["paper"],
            "scrollbar-background-hover": tokens["paper"],
            "scrollbar-background-active": tokens["paper"],
            "scrollbar-corner-color": tokens["paper"],
        },
    )


THEMES = {name: theme(name) for name in NAMES}


@cache
def variables_of(name: str) -> Mapping[str, str]:
    """Give all that stylesheets may ask of a theme, Textual's own too."""
    ours = THEMES[name]
    return {**ours.to_color_system().generate(), **ours.variables}


class ThemedApp(App[str]):
    """An app in our colours, and in no others."""

    THEMES: ClassVar[tuple[str, ...]] = NAMES
    """Whoever runs many apps may make these ready beforehand."""
    theme = Reactive(DARK)

    def __init__(self) -> None:
        """Begin with the first theme."""
        super().__init__()
        self._behind: WeakSet[Screen[Any]] = WeakSet()
        """Screens with the styles of another theme."""

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Our themes, known before the first stylesheet is made."""
        return THEMES

    def get_css_variables(self) -> dict[str, str]:
        """Give the colours by name. They are worked out once, and not for every app."""
        self.theme_variables = dict(variables_of(self.current_theme.name))
        return self.theme_variables

    def refresh_css(self, animate: bool = True) -> None:  # noqa: FBT002 - Textual's signature
        """Style what is seen, in the new theme; a screen that lies below gets it when it comes up again."""
        self.stylesheet.set_variables(self.get_css_variables())
        self.stylesheet.reparse()
        self._behind = WeakSet(self.screen_stack)
        self._behind.discard(self.screen)
        self.stylesheet.update(self, animate=animate)
        self.style_what_is_seen()
        self.screen.refresh(layout=True)

    def style_what_is_seen(self) -> None:
        """Style the screens that are seen and still have the styles of another theme."""
        for screen in reversed(self.screen_stack):
            if screen in self._behind:
                self._behind.discard(screen)
                self.stylesheet.update(screen)
            if screen.styles.background.a == 1:
                return

    def action_next_theme(self) -> None:
        """Go on to the next theme."""
        self.theme = NAMES[(NAMES.index(self.theme) + 1) % len(NAMES)]
