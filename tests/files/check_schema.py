# SPDX-License-Identifier: Apache-2.0
# usage: check_schema.py <schema> <descriptions...>: lists the descriptions that the schema refuses, and why.
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)

refused = 0
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        description = json.load(file)
    errors = list(validator.iter_errors(description))
    refused += bool(errors)
    for error in errors:
        deepest = jsonschema.exceptions.best_match([error])
        print(f"{path}: {deepest.json_path}: {deepest.message[:300]}")
print(f"{len(sys.argv) - 2 - refused} accepted, {refused} refused")
sys.exit(refused != 0)
