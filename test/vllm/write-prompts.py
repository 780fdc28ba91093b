"""Writes the prompts that `vllm bench serve --dataset-name random` asks, one JSON object a line.

usage: write-prompts.py TOKENIZER COUNT INPUT_TOKENS SEED FILE
"""

import json
import sys

from transformers import AutoTokenizer
from vllm.benchmarks.datasets import RandomDataset

tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
count, input_tokens, seed = map(int, sys.argv[2:5])
dataset = RandomDataset(random_seed=seed)
requests = dataset.sample(tokenizer=tokenizer, num_requests=count, input_len=input_tokens, output_len=1)
with open(sys.argv[5], "w", encoding="utf-8") as file:
    for request in requests:
        file.write(json.dumps({"prompt": request.prompt}) + "\n")
