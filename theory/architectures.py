"""The three architectures of the DSD paper by name, without the rates, whose symbols take long to import."""

from typing import Literal

Architecture = Literal["fcn", "lcn", "cnn"]
