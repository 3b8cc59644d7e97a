"""Words for a visitor that are not all ours: file names, reasons, e-mails. Shown letter by letter, never read as Markdown."""

from webapp.look import markup

_TEMPLATE = '<div class="of-notice {kind}" role="{role}">{words}</div>'


def wrong(words: str) -> None:
    """Something was not done, and why."""
    markup.show(markup.fill(_TEMPLATE, kind="wrong", role="alert", words=words))


def done(words: str) -> None:
    """Something was done."""
    markup.show(markup.fill(_TEMPLATE, kind="done", role="status", words=words))
