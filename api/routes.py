"""Endpoints, one short function each."""

from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Depends

from api.deps import Resources, resources
from api.models import Definition, Status
from usecases import glossary

router = APIRouter(prefix="/api/v1")


@router.get("/status", summary="Whether the product can answer")
def status(given: Annotated[Resources, Depends(resources)]) -> Status:
    """Version and readiness. Open to everybody."""
    return Status(version=version("oiflow"), ready=given.health().ready, simulated=given.settings.oiflow_demo)


@router.get("/definitions", summary="Every column and word, explained")
def definitions() -> list[Definition]:
    """What the glossary page shows. Open to everybody."""
    return [Definition.model_validate(entry, from_attributes=True) for entry in glossary.entries()]
