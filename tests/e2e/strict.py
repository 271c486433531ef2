#!/usr/bin/env python3
"""Check Argo's kinds in YAML files against Argo's own schema, and reject fields that it does not know.

    strict.py SCHEMA FILE...

SCHEMA is the JSON schema of Argo Workflows, or a CustomResourceDefinition.
"""

import json
import sys

import yaml

PREFIX = "io.argoproj.workflow.v1alpha1."
SKIP = ("Item", "Quantity", "IntOrString", "FieldsV1", "Amount", "ParallelSteps", "SuppliedValueFrom", "NoneStrategy")


def definition(schema, root):
    while "$ref" in schema:
        schema = root["definitions"][schema["$ref"].split("/")[-1]]
    return schema


def unknown(value, schema, root, path):
    if schema.get("$ref", "").split(".")[-1] in SKIP and not isinstance(value, list):
        return
    schema = definition(schema, root)
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        return
    if isinstance(value, dict):
        known, more = schema.get("properties"), schema.get("additionalProperties")
        if known is None and more is None:
            return
        for key, child in value.items():
            if known and key in known:
                yield from unknown(child, known[key], root, f"{path}.{key}")
            elif isinstance(more, dict):
                yield from unknown(child, more, root, f"{path}.{key}")
            else:
                yield f"{path}.{key}"
        for key in schema.get("required", []):
            if key not in value:
                yield f"{path}: no {key}"
    elif isinstance(value, list):
        items = schema.get("items")
        for index, child in enumerate(value):
            # Steps are lists of lists, which the schema names without saying so.
            if items is None:
                items = {"$ref": "#/definitions/io.argoproj.workflow.v1alpha1.WorkflowStep"}
            yield from unknown(child, items, root, f"{path}[{index}]")


def schema_of(path):
    """The definitions, by the names of Argo Workflows' own."""
    with open(path) as file:
        root = json.load(file) if path.endswith(".json") else yaml.safe_load(file)
    if "definitions" in root:
        return root
    schema = root["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    # The API server knows metadata by itself.
    schema["properties"]["metadata"] = {"x-kubernetes-preserve-unknown-fields": True}
    return {"definitions": {PREFIX + root["spec"]["names"]["kind"]: schema}}


def main():
    root = schema_of(sys.argv[1])
    bad = checked = 0
    for name in sys.argv[2:]:
        with open(name) as file:
            for document in filter(None, yaml.safe_load_all(file)):
                kind = root["definitions"].get(PREFIX + document["kind"])
                if not document["apiVersion"].startswith("argoproj.io/") or kind is None:
                    continue
                checked += 1
                for problem in unknown(document, kind, root, document["kind"]):
                    print(f"{name}: {problem}")
                    bad += 1
    return 1 if bad or not checked else 0


sys.exit(main())
