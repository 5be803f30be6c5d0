#!/usr/bin/env python3
"""jsonschema_peer.py CASES: what python-jsonschema says of the configs of config_schema_test.cpp: "" or the mistake."""
import json
import sys

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

with open(sys.argv[1], encoding="utf-8") as file:
    asked = json.load(file)
Draft202012Validator.check_schema(asked["schema"])
validator = Draft202012Validator(asked["schema"])


def verdict(config):
    mistake = best_match(validator.iter_errors(config))
    return "" if mistake is None else f"{mistake.json_path}: {mistake.message[:300]}"


print(json.dumps([verdict(config) for config in asked["configs"]]))
