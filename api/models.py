"""Bodies of the API."""

from pydantic import BaseModel, Field


class ErrorDetail(BaseModel):
    """What went wrong; `docs/errors.md` lists the codes."""

    code: str = Field(description="Stable code", examples=["not_found"])
    message: str = Field(description="What happened, in words")
    id: str = Field(description="To be named when asking for help; the log has the detail", examples=["4f1c9a02"])


class ErrorBody(BaseModel):
    """The one shape of every error."""

    error: ErrorDetail


class Status(BaseModel):
    """What the product is and whether it can answer."""

    product: str = Field(default="OI Flow", description="Name of the product")
    version: str = Field(description="Version of the product", examples=["0.1.0"])
    ready: bool = Field(description="Whether pages and endpoints can answer")
    simulated: bool = Field(description="Whether every figure is made up")


class Definition(BaseModel):
    """A column or word, explained."""

    name: str = Field(description="Stable name", examples=["open_interest"])
    term: str = Field(description="As pages write it", examples=["OI"])
    group: str = Field(description="Section of the glossary")
    meaning: str = Field(description="What it says")
    unit: str = Field(description="Unit; empty where it has none")
    formula: str = Field(description="How it is computed; empty where it is reported")
    caveat: str = Field(description="What it does not say; may be empty")
