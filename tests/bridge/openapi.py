"""Checks an answer of the bridge against browser-bridge/openapi.yaml."""

import json
import pathlib

import jsonschema
import yaml

PATH = pathlib.Path(__file__).resolve().parents[2] / "browser-bridge" / "openapi.yaml"
DOCUMENT = yaml.safe_load(PATH.read_text(encoding="utf-8"))


def validator(schema):
    """Of a schema of the document, with its references."""
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator.check_schema(whole)
    return jsonschema.Draft202012Validator(whole)


def resolve(value):
    while "$ref" in value:
        target = DOCUMENT
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/")]
        value = target
    return value


def check(method, path, reply):
    """Raises where the answer is none that the document promises. Returns the media type's schema."""
    responses = DOCUMENT["paths"][path][method.lower()]["responses"]
    response = resolve(responses.get(str(reply.status), responses["default"]))
    if str(reply.status) not in responses and reply.status < 400:
        raise AssertionError(f"{method} {path}: {reply.status} is not promised")
    content = response["content"][reply.header("content-type")]
    if "json" in reply.header("content-type"):
        check_value(content["schema"], reply.json)


def check_value(schema, value):
    validator(schema).validate(value)


def check_schema(name, text):
    check_value(DOCUMENT["components"]["schemas"][name], json.loads(text))
