"""How many files and rows something brought, and what became of them."""

from dataclasses import dataclass, fields


@dataclass
class Counts:
    """rows_in = published + quarantined + duplicates; refused counts whole files."""

    files: int = 0
    refused: int = 0
    rows_in: int = 0
    published: int = 0
    quarantined: int = 0
    duplicates: int = 0

    @property
    def fates(self) -> dict[str, int]:
        """Rows, and what became of them."""
        return {name: getattr(self, name) for name in ("rows_in", "published", "quarantined", "duplicates")}

    def add(self, other: "Counts") -> None:
        """Count what another brought too."""
        for each in fields(Counts):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
